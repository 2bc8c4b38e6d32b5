namespace Onnxc.Cli;

/// <summary>What the process tells its caller.</summary>
static class ExitCodes
{
    public const int Fine = 0;
    public const int CheckFailed = 1;
    public const int BadInput = 2;
}
