namespace Onnxc.Passes.Tokens;

/// <summary>What an axis, or a part of one that others were joined with, counts.</summary>
enum FactorKind
{
    Other,
    Batch,
    Token,
}
