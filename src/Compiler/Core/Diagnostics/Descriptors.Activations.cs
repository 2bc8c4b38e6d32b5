namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor BadSubstituteOption = new("ONNXC0471", Severity.Error, "`{0}` of `substitute-activation` cannot be {1}",
        "Errors and ranges are positive numbers; terms, grid and order are numbers of basis functions, intervals and powers, with 0 for the family's own choice.");

    public static readonly Descriptor ActivationFitted = new("ONNXC0472", Severity.Note, "`{0}` -> {1}",
        """
        What stands in for an activation now, its parameters, and how far it is from the function: the root of the mean square of the difference over that of the
        function, on the numbers that samples show (without data, on numbers that are spread evenly), and the largest difference beyond them.
        """);

    public static readonly Descriptor DiceNeedsData = new("ONNXC0473", Severity.Error, "`with=dice` of `substitute-activation` needs data",
        "Dice bends where the mean of its input lies, and as softly as that spreads, which only samples show. Give some with `--data DATA`.");
}
