using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Cli;

/// <summary>
/// Gets the code for reading and writing models compiled while the command line is still being parsed: a third of the time of a compile that
/// only copies is the just-in-time compiler, and a second core is idle meanwhile.
/// </summary>
static class WarmUp
{
    /// <summary>
    /// Starts it on a thread of its own; whatever happens there has no effect but time. The process must not end before it: libraries that are
    /// being loaded while others are taken down end it with a segmentation fault.
    /// </summary>
    /// <param name="usesRuntime">The pipeline has steps, which nearly all ask ONNX Runtime something: its library is loaded as well.</param>
    public static Thread Start(bool usesRuntime)
    {
        var thread = new Thread(() => Run(usesRuntime));
        thread.Start();
        return thread;
    }

    static void Run(bool usesRuntime)
    {
        var model = new Model(8, OpsetImports.Empty.With("", 17));
        var input = model.Main.AddInput("x", ValueType.Tensor(ElementType.Float, new Shape([1])));
        var weight = model.Main.AddInitializer("w", TensorData.Floats(new float[512]));
        model.Main.AddOutput(model.Main.AddNode(new OpId("", "Add"), [input, weight], ["y"]).Output);
        var bytes = ModelWriter.ToBytes(model);
        if (usesRuntime && OrtModel.Load(bytes, SessionSettings.Unoptimized) is { Value: { } loaded }) loaded.Dispose();
        if (ModelReader.Read(bytes) is { Value: { } read }) ModelWriter.ToBytes(read);
    }
}
