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

    public static readonly Descriptor BatchDependentLayer = new("ONNXC0474", Severity.Note, "a layer of AF-KAN normalises its functions over the batch, and stays as it is",
        """
        With `func_norm` a layer divides the functions of all samples by one norm, and stretches them between their one least and largest number. So the result for a
        sample depends on the others in its batch, which no operator for rows can compute, and which a service that collects batches will not want. Train the model without it
        (`func_norm=False`), or put norm, least and largest number of training data in as constants before the export.
        """);
}
