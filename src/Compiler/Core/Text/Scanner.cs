namespace Onnxc.Text;

/// <summary>Characters of a text: space, comments, and where tokens end.</summary>
static class Scanner
{
    const int LongestShown = 40;

    /// <summary>
    /// First position at or behind <paramref name="position"/> that is neither space nor in a comment (<c>#</c> to the end of the line).
    /// </summary>
    public static int SkipSpace(string text, int position)
    {
        while (position < text.Length)
        {
            var c = text[position];
            if (c == '#')
            {
                var end = text.IndexOf('\n', position);
                if (end < 0) return text.Length;
                position = end;
            }
            else if (c is not (' ' or '\t' or '\n' or '\v' or '\f' or '\r')) return position;
            position++;
        }
        return position;
    }

    /// <summary>Next character that counts, <c>\0</c> at the end.</summary>
    public static char Peek(string text, int position)
    {
        position = SkipSpace(text, position);
        return position < text.Length ? text[position] : '\0';
    }

    /// <summary>The identifier that comes next; empty when something else does.</summary>
    public static string PeekWord(string text, int position)
    {
        position = SkipSpace(text, position);
        return position < text.Length && Literals.StartsIdentifier(text[position]) ? text[position..Literals.IdentifierEnd(text, position)] : "";
    }

    /// <summary>End of the number that starts at <paramref name="position"/>: everything that could belong to one.</summary>
    public static int NumberEnd(string text, int position)
    {
        while (position < text.Length && (char.IsAsciiLetterOrDigit(text[position]) || text[position] is '.' or '-' or '+')) position++;
        return position;
    }

    /// <summary>Position behind the closing quote of the string that starts at <paramref name="position"/>, or -1 when there is none.</summary>
    public static int StringEnd(string text, int position)
    {
        for (position++; position < text.Length;)
        {
            var step = text.AsSpan(position).IndexOfAny('"', '\\');
            if (step < 0) return -1;
            position += step;
            if (text[position] == '"') return position + 1;
            position += 2;
        }
        return -1;
    }

    /// <summary>End of the token at <paramref name="position"/>, for carets.</summary>
    public static int TokenEnd(string text, int position)
    {
        if (position >= text.Length) return position;
        var c = text[position];
        if (Literals.StartsIdentifier(c)) return Literals.IdentifierEnd(text, position);
        if (char.IsAsciiDigit(c) || c == '-') return NumberEnd(text, position);
        if (c == '"' && StringEnd(text, position) is > 0 and var end) return end;
        return position + (char.IsHighSurrogate(c) && position + 1 < text.Length ? 2 : 1);
    }

    public static string Describe(string text, int position)
    {
        if (position >= text.Length) return "the end of the text";
        if (text[position] == '"' && StringEnd(text, position) < 0) return "a string without an end";
        var token = text[position..TokenEnd(text, position)];
        return token.Length > LongestShown ? $"`{token[..LongestShown]}…`" : $"`{token}`";
    }
}
