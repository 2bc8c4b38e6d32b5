using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>
/// Adapters by operator and version. An incompatible version that has none here is one whose old form cannot be expressed in the new one.
/// </summary>
static class Adapters
{
    const string Reexport = "export the model again at a later opset";

    static readonly Dictionary<(string Op, int Version), Adapter> All = Build();

    public static Adapter? Of(string op, int version) => All.GetValueOrDefault((op, version));

    static Dictionary<(string, int), Adapter> Build()
    {
        var all = new Dictionary<(string, int), Adapter>();
        void Add(string ops, int version, Action<Node> convert, Func<Node, Blocker?>? against = null)
        {
            foreach (var op in ops.Split(' ')) all.Add((op, version), new Adapter(convert, against));
        }

        Add("Abs Add BatchNormalization Ceil Clip Div Dropout Elu Exp Floor Gemm HardSigmoid InstanceNormalization LeakyRelu Log Max Mean Min Mul Neg "
            + "PRelu Reciprocal Relu Selu Sigmoid Sqrt Sub Sum Tanh", 6, n => n.RemoveAttribute("consumed_inputs"));
        Add("Pad", 2, EarlyAdapters.RenamePaddings);
        Add("Split", 2, EarlyAdapters.SplitAxis, EarlyAdapters.AgainstSplitInput);
        Add("Concat", 4, EarlyAdapters.ConcatAxis);
        Add("Reshape", 5, EarlyAdapters.ReshapeShape, n => n.IsParameter("shape") ? Blocker.Parameter("shape") : null);
        Add("Cast", 6, EarlyAdapters.CastTo, EarlyAdapters.AgainstCast);
        Add("Add And Div Equal Greater Less Mul Or Pow Sub Xor", 7, EarlyAdapters.Broadcast, EarlyAdapters.AgainstBroadcast);
        Add("PRelu", 7, EarlyAdapters.SpreadSlope, EarlyAdapters.AgainstSlope);
        Add("Gemm", 7, n => n.RemoveAttribute("broadcast"));
        Add("GRU LSTM RNN", 7, n => n.RemoveAttribute("output_sequence"));
        Add("BatchNormalization Dropout", 7, n => n.RemoveAttribute("is_test"), EarlyAdapters.AgainstTraining);

        Add("BatchNormalization", 9, n => n.RemoveAttribute("spatial"), n => n.Attributes.Int("spatial", 1) == 1 ? null
            : new("it normalizes every element by itself (`spatial`)", "flatten its input and normalize that, as the standard suggests"));
        Add("BatchNormalization", 14, _ => { }, n => n.Outputs.Skip(1).All(o => o.Name.Length == 0) ? null
            : new("it has outputs for training, and normalizes by the statistics of the batch", "export the model for inference"));
        Add("Scan", 9, _ => { }, _ => new("version 8 scans every entry of a batch by itself", Reexport));
        Add("Slice", 10, AttributesToInputs("starts", "ends", "axes"), AgainstParameters("starts", "ends", "axes"));
        Add("TopK", 10, n => n.AddInput(n.Before().Constant(TensorData.Int64s([TakeK(n)]))), AgainstParameters("k"));
        Add("Dropout", 10, OmitMask, AgainstMask);
        Add("Upsample", 9, AttributesToInputs("scales"), AgainstParameters("scales"));
        Add("Upsample", 10, n => n.ReplaceBy("Resize", n.Inputs.ToArray(), n.Attributes));
        Add("Clip", 11, BoundAdapters.Clip, BoundAdapters.AgainstClip);
        Add("Pad", 11, BoundAdapters.Pad, BoundAdapters.AgainstPad);
        Add("Resize", 11, ResizeAdapters.StateCoordinates, ResizeAdapters.AgainstCoordinates);
        Add("Scatter", 11, n => n.ReplaceBy("ScatterElements", n.Inputs.ToArray(), n.Attributes));
        Add("Dropout", 12, DropoutRatio, AgainstMask);
        Add("Hardmax LogSoftmax Softmax", 13, SoftmaxAdapter.Convert);
        Add("ReduceSum Squeeze Unsqueeze", 13, AttributesToInputs("axes"));
        Add("Resize", 13, ResizeAdapters.LeaveOutEmpty, ResizeAdapters.AgainstMode);
        Add("Split", 13, AttributesToInputs("split"));
        Add("RoiAlign", 16, n => n.SetAttribute("coordinate_transformation_mode", "output_half_pixel"));
        Add("ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare", 18, AttributesToInputs("axes"));
        Add("Split", 18, n => { if (n.Input(1) is null) n.SetAttribute("num_outputs", n.Outputs.Length); });
        Add("DFT", 20, DftAxis);
        Add("GridSample", 20, GridMode, AgainstParameters("mode"));
        Add("GroupNormalization", 21, GroupNormalizationAdapter.Convert, GroupNormalizationAdapter.Against);
        return all;
    }

    static Action<Node> AttributesToInputs(params string[] attributes) => node =>
    {
        foreach (var attribute in attributes)
            if (node.TakeOff(attribute) is { } value) node.AddInput(value);
    };

    static Func<Node, Blocker?> AgainstParameters(params string[] attributes) => node =>
        attributes.FirstOrDefault(node.IsParameter) is { } parameter ? Blocker.Parameter(parameter) : null;

    static long TakeK(Node node)
    {
        var k = node.Attributes.Int("k") ?? 0;
        node.RemoveAttribute("k");
        return k;
    }

    // ONNX Runtime fills the mask with zeros before version 12 and with ones since; it was of the data's type before version 10.
    static Blocker? AgainstMask(Node node) => node.Outputs.Length > 1 && node.Outputs[1].HasUses
        ? new("its mask is in use, and means another thing", "keep the outputs that inference needs with `keep-outputs`, and remove the rest with `eliminate-dead-code`")
        : null;

    static void OmitMask(Node node)
    {
        if (node.Outputs.Length > 1) node.OmitOutput(1);
    }

    static void DropoutRatio(Node node)
    {
        OmitMask(node);
        if (node.TakeOff("ratio") is { } ratio) node.AddInput(ratio);
    }

    static void DftAxis(Node node)
    {
        if (!node.Attributes.Has("axis")) node.SetAttribute("axis", 1);
        if (node.InputCount == 1) node.AddInput(null);
        node.AddInput(node.TakeOff("axis"));
    }

    static void GridMode(Node node)
    {
        if (node.Attributes.Text("mode") is "bilinear") node.SetAttribute("mode", "linear");
        if (node.Attributes.Text("mode") is "bicubic") node.SetAttribute("mode", "cubic");
    }
}
