using Spectre.Console;

namespace Onnxc.Cli.Output;

/// <summary>A spinner with the current step. The only place that touches Spectre.Console, so that nothing else pays for loading it.</summary>
static class SpectreProgress
{
    public static T Show<T>(Terminal terminal, Func<Action<string>, T> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(terminal.Error),
            ColorSystem = terminal.HasColors ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        return console.Status().Start("…", status => work(text => status.Status(Markup.Escape(text))));
    }
}
