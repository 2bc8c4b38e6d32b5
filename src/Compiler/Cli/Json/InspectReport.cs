namespace Onnxc.Cli.Json;

/// <summary>Result of <c>inspect</c>: one model or two.</summary>
sealed record InspectReport() : Report("inspect")
{
    public IReadOnlyList<ModelJson> Models { get; init; } = [];

    /// <summary>Nodes that the second model has not, has otherwise, or has besides; null for one model.</summary>
    public IReadOnlyList<DiffReport.ChangeJson>? Changes { get; init; }

    /// <summary>Facts of one model; types are spelled as in ONNX text.</summary>
    public sealed record ModelJson
    {
        public required string Path { get; init; }
        public long FileBytes { get; init; }
        public long IrVersion { get; init; }
        public required string Producer { get; init; }
        public IReadOnlyList<OpsetJson> Opsets { get; init; } = [];
        public IReadOnlyList<PortJson> Inputs { get; init; } = [];
        public IReadOnlyList<PortJson> Outputs { get; init; } = [];

        /// <summary>Nodes of all bodies.</summary>
        public int Nodes { get; init; }

        public int Functions { get; init; }
        public int Subgraphs { get; init; }

        /// <summary>Elements of initializers and <c>Constant</c> nodes.</summary>
        public long Parameters { get; init; }

        public long WeightBytes { get; init; }
        public IReadOnlyList<OpJson> Ops { get; init; } = [];
        public IReadOnlyList<WeightJson> Weights { get; init; } = [];

        /// <summary>Null unless asked for.</summary>
        public IReadOnlyList<NodeJson>? NodeList { get; init; }

        /// <summary>Null unless asked for.</summary>
        public IReadOnlyList<BlockJson>? Blocks { get; init; }

        /// <summary>Layers of experts; null unless asked for.</summary>
        public IReadOnlyList<ExpertsJson>? Experts { get; init; }

        /// <summary>Why what looks like layers of experts is none; null unless asked for.</summary>
        public IReadOnlyList<string>? NoExperts { get; init; }
    }

    /// <summary>A block of an encoder; the encoders are counted from 0, and an attention that is part of none has no number.</summary>
    public sealed record BlockJson(string Attention, int? Encoder, long Tokens, long Width, long Heads, string Norm, string Head, string? Obstacle);

    /// <summary>A layer of experts. <paramref name="Loads"/>: share of tokens that chose each expert, null without data.</summary>
    public sealed record ExpertsJson(string Name, string Function, int Experts, int Selected, int Inputs, int Width, int Outputs, string Router, IReadOnlyList<double>? Loads);

    public sealed record OpsetJson(string Domain, long Version);

    public sealed record PortJson(string Name, string Type);

    public sealed record OpJson(string Op, int Count, long Parameters);

    public sealed record WeightJson(string Type, int Tensors, long Elements, long Bytes);

    /// <summary>What predicates see of a node.</summary>
    public sealed record NodeJson(string Name, string Op, string Scope, string? Dtype, long Params, int Depth);
}
