using System.CommandLine;
using BenchmarkDotNet.Running;

namespace Onnxc.Benchmarks;

static class Program
{
    static int Main(string[] args)
    {
        var runs = new Option<int>("--runs") { Description = "Runs of each side.", DefaultValueFactory = _ => 5 };
        var folder = new Option<string>("--folder") { Description = "Where large files are made.", DefaultValueFactory = _ => Path.GetTempPath() };
        var threads = new Option<int>("--threads") { Description = "Threads of one operator.", DefaultValueFactory = _ => 1 };
        var models = new Option<string>("--models") { Description = "Folder with .onnx files.", Required = true };
        var library = new Option<string?>("--library") { Description = "libonnxc_kernels, instead of the kernels in process." };
        var model = new Option<string>("--model") { Description = "An .onnx file.", Required = true };
        var trained = new Option<string?>("--trained") { Description = "Folder with model.onnx and model_dense.onnx of one trained model of experts." };
        var trainedModel = new Option<string>("--trained") { Description = "Folder with model.onnx, calib.npz and eval.npz.", Required = true };
        var data = new Option<string>("--data") { Description = "An .npz with its inputs.", Required = true };
        var prefill = new Option<string>("--prefill") { Description = "The model compiled with `stage=prefill`.", Required = true };
        var decode = new Option<string>("--decode") { Description = "The model compiled with `stage=decode`.", Required = true };
        var tokens = new Option<int>("--tokens") { Description = "Bytes to go on for.", DefaultValueFactory = _ => 64 };
        var plot = new Option<string?>("--plot") { Description = "An .svg with the curve of quality against rank." };
        var root = new RootCommand("Benchmarks of onnxc: whole processes in pairs, and hot paths with BenchmarkDotNet.")
        {
            Command("copy", "Empty pipeline against cp: a 1 GiB file, and 4 GiB of external data.", [folder, runs], r => CopySpeed.Run(r.GetValue(folder)!, r.GetValue(runs))),
            Command("linear", "Time of @default on chains of 6,000 and 60,000 nodes.", [folder, runs], r => LinearTime.Run(r.GetValue(folder)!, r.GetValue(runs))),
            Command("startup", "Time of a process that does nothing.", [runs], r => StartUp.Run(r.GetValue(runs))),
            Command("check", "Cost of the differential check on a folder of models.", [models, runs], r => CheckCost.Run(r.GetValue(models)!, r.GetValue(runs))),
            Command("latency", "Time of one run before and after, paired, beside ONNX Runtime's offline optimizer.", [models, runs, threads], r => Latency.Run(r.GetValue(models)!, r.GetValue(runs), r.GetValue(threads))),
            Command("nodes", "Nodes and bytes before and after, beside ONNX Runtime's offline optimizer.", [models], r => NodeCounts.Run(r.GetValue(models)!)),
            Command("kernels", "Kernels of ai.onnxc against their functions, and against a copy.", [library, runs], r => KernelSpeed.Run(r.GetValue(library), 10 * r.GetValue(runs))),
            Command("activations", "Activations and layers of Kolmogorov-Arnold networks as exported and as compiled.", [runs], r => ActivationSpeed.Run(10 * r.GetValue(runs))),
            Command("sparse", "Sparse kernels against ONNX Runtime's dense feed-forward blocks, beside the bound that bytes of weights set.", [runs], r => SparseSpeed.Run(5 * r.GetValue(runs))),
            Command("sparse-codes", "The same with weights of 8 and 4 bits, against ONNX Runtime's MatMulNBits.", [runs], r => SparseCodes.Run(5 * r.GetValue(runs))),
            Command("sparse-layers", "Layers that are trained sparse, as exported and as compiled.", [runs], r => SparseLayers.Run(5 * r.GetValue(runs))),
            Command("decode", "A text model's dense form against prefill and decode with core neurons.", [model, prefill, decode, data, tokens], r => SparseDecode.Run(r.GetValue(model)!, r.GetValue(prefill)!, r.GetValue(decode)!, r.GetValue(data)!, r.GetValue(tokens))),
            Command("weights", "Quantization of 1 GiB of weights: speed and memory.", [folder, runs], r => WeightSpeed.Run(r.GetValue(folder)!, r.GetValue(runs))),
            Command("quantized", "Time of one run after quantization under the default gates, paired with float.", [models, runs, threads], r => QuantizedLatency.Run(r.GetValue(models)!, 10 * r.GetValue(runs), r.GetValue(threads))),
            Command("methods", "Methods of quantization against each other on every product of a trained model.", [trainedModel], r => WeightMethods.Run(r.GetValue(trainedModel)!)),
            Command("faults", "A trial of a fault campaign beside a plain run, and beside writing and loading a model.", [model, data, runs], r => FaultSpeed.Run(r.GetValue(model)!, r.GetValue(data)!, r.GetValue(runs))),
            Command("tokens", "ViT-B/16 before and after merging tokens, one image and eight.", [folder, runs, threads], r => TokenSpeed.Run(r.GetValue(folder)!, r.GetValue(runs), r.GetValue(threads))),
            Command("experts", "Layers of experts before and after lower-experts; FOLDER has exports of a trained model.", [trained, runs, threads], r => ExpertSpeed.Run(r.GetValue(trained), r.GetValue(runs), r.GetValue(threads))),
            Command("expert-quality", "Bits per byte of a trained text model with factored, quantized and pruned experts.", [trainedModel, plot], r => ExpertQuality.Run(r.GetValue(trainedModel)!, r.GetValue(plot))),
            Command("hot", "Hot paths, in process.", [], _ => BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).RunAll()),
        };
        return root.Parse(args).Invoke();
    }

    static Command Command(string name, string help, Option[] options, Action<ParseResult> action)
    {
        var command = new Command(name, help);
        foreach (var option in options) command.Add(option);
        command.SetAction(action);
        return command;
    }
}
