using System.CommandLine;

namespace Onnxc.Cli.Commands;

/// <summary>Prints a script that makes a shell ask this tool for completions, through System.CommandLine's <c>[suggest]</c> directive.</summary>
sealed class CompletionCommand : Command
{
    readonly Argument<string> shell = new("SHELL") { HelpName = "SHELL", Description = "bash, zsh, fish or pwsh." };

    public CompletionCommand() : base("completion", "Print a script that completes onnxc's command line in a shell.")
    {
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        Add(shell);
        SetAction(arguments =>
        {
            arguments.InvocationConfiguration.Output.Write(Script(arguments.GetRequiredValue(shell)));
            return ExitCodes.Fine;
        });
    }

    static string Script(string shell) => shell switch
    {
        "bash" => """
            # eval "$(onnxc completion bash)"
            _onnxc() {
                local IFS=$'\n'
                COMPREPLY=($(onnxc "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
            }
            complete -o default -F _onnxc onnxc

            """,
        "zsh" => """
            # eval "$(onnxc completion zsh)"
            _onnxc() {
                local completions=("${(@f)$(onnxc "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                compadd -a completions
                _files
            }
            compdef _onnxc onnxc

            """,
        "fish" => """
            # onnxc completion fish | source
            complete -c onnxc -a '(onnxc "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'

            """,
        _ => """
            # onnxc completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName onnxc -ScriptBlock {
                param($word, $ast, $position)
                onnxc "[suggest:$position]" "$ast" 2>$null | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }

            """,
    };
}
