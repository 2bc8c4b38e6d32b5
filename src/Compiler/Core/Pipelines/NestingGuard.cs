namespace Onnxc.Pipelines;

/// <summary>Measures nesting before the recursive parser sees a text, so that a hostile one cannot exhaust the stack.</summary>
static class NestingGuard
{
    /// <summary>Position at which nesting first exceeds <paramref name="limit"/>; null when it never does.</summary>
    public static int? FirstBeyond(string text, int limit)
    {
        // Each entry counts an opened bracket and the `not`s in front of it.
        var open = new Stack<int>();
        var (depth, nots) = (0, 0);
        for (var i = 0; i < text.Length;)
        {
            var length = 1;
            switch (text[i])
            {
                case '#':
                    length = text.AsSpan(i).IndexOf('\n');
                    if (length < 0) return null;
                    break;
                case '"':
                    length = Math.Max(1, Lexemes.Quoted(text, i));
                    (depth, nots) = (depth - nots, 0);
                    break;
                case '(' or '[' or '{':
                    open.Push(nots + 1);
                    (depth, nots) = (depth + 1, 0);
                    break;
                case ')' or ']' or '}':
                    depth -= nots + (open.TryPop(out var level) ? level : 0);
                    nots = 0;
                    break;
                case var c when !char.IsWhiteSpace(c):
                    length = Lexemes.Word(text, i);
                    if (text.AsSpan(i, length) is "not") (depth, nots) = (depth + 1, nots + 1);
                    else (depth, nots) = (depth - nots, 0);
                    break;
            }
            if (depth > limit) return i;
            i += length;
        }
        return null;
    }
}
