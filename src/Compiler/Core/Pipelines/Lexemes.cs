namespace Onnxc.Pipelines;

/// <summary>Lengths of the pipeline language's words; 0 where there is none.</summary>
static class Lexemes
{
    /// <summary>Letter, then letters, digits, <c>-</c>, <c>.</c> and <c>_</c>. ASCII only: anything else can be quoted.</summary>
    public static int Name(string text, int start)
    {
        var end = start;
        if (end >= text.Length || !char.IsAsciiLetter(text[end])) return 0;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '-' or '.' or '_')) end++;
        return end - start;
    }

    /// <summary>Sign, digits, fraction, exponent and suffix (k, M, G), all but the digits optional.</summary>
    public static int Number(string text, int start)
    {
        var end = start;
        if (At(text, end) == '-') end++;
        var whole = Digits(text, end);
        if (whole == 0) return 0;
        end += whole;
        if (At(text, end) == '.' && Digits(text, end + 1) is > 0 and var fraction) end += 1 + fraction;
        if (At(text, end) is 'e' or 'E')
        {
            var sign = At(text, end + 1) is '+' or '-' ? 1 : 0;
            if (Digits(text, end + 1 + sign) is > 0 and var exponent) end += 1 + sign + exponent;
        }
        if (At(text, end) is 'k' or 'M' or 'G') end++;
        return end - start;
    }

    /// <summary>A string with its quotes; 0 when it does not end on its line.</summary>
    public static int Quoted(string text, int start)
    {
        if (At(text, start) != '"') return 0;
        for (var i = start + 1; i < text.Length && text[i] is not ('\n' or '\r'); i++)
        {
            if (text[i] == '"') return i + 1 - start;
            if (text[i] == '\\' && At(text, i + 1) is '"' or '\\') i++;
        }
        return 0;
    }

    /// <summary>Whatever a reader takes for one word at <paramref name="start"/>; at least 1.</summary>
    public static int Word(string text, int start)
    {
        if (Name(text, start) is > 0 and var name) return name;
        if (Number(text, start) is > 0 and var number) return number;
        if (Quoted(text, start) is > 0 and var quoted) return quoted;
        if (At(text, start) is '=' or '!' or '<' or '>' && At(text, start + 1) == '=') return 2;
        return start + 1 < text.Length && char.IsSurrogatePair(text[start], text[start + 1]) ? 2 : 1;
    }

    static int Digits(string text, int start)
    {
        var end = start;
        while (char.IsAsciiDigit(At(text, end))) end++;
        return end - start;
    }

    static char At(string text, int index) => index < text.Length ? text[index] : '\0';
}
