namespace Onnxc.Cli.Output;

/// <summary>Shows where long work stands: a moving line for a person, plain lines for a log, nothing when quiet.</summary>
static class ProgressDisplay
{
    /// <summary>Runs <paramref name="work"/>, which reports what it does now.</summary>
    public static T Show<T>(Terminal terminal, bool quiet, Func<Action<string>, T> work)
    {
        if (quiet) return work(_ => { });
        return terminal.IsInteractive ? SpectreProgress.Show(terminal, work) : work(Lines(terminal.Error));
    }

    // The same line over and over says nothing: a repeat runs its steps many times.
    static Action<string> Lines(TextWriter error)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return text =>
        {
            if (seen.Add(text)) error.WriteLine(text);
        };
    }
}
