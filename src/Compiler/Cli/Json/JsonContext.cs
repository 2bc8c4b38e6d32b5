using System.Text.Json.Serialization;

namespace Onnxc.Cli.Json;

/// <summary>Serializers made at compile time: reflection would cost a tenth of a second at every start.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    WriteIndented = true,
    NewLine = "\n",
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Report))]
[JsonSerializable(typeof(PassesReport))]
[JsonSerializable(typeof(ExplainReport))]
[JsonSerializable(typeof(InspectReport))]
[JsonSerializable(typeof(DiffReport))]
[JsonSerializable(typeof(TextReport))]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(CompareReport))]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(CalibrateReport))]
[JsonSerializable(typeof(CompileReport))]
[JsonSerializable(typeof(FaultsReport))]
[JsonSerializable(typeof(AnalyzeReport))]
sealed partial class JsonContext : JsonSerializerContext;
