namespace Onnxc.Passes;

/// <summary>One change: what a pass did, and at which node; <paramref name="Site"/> is empty for a change of the model as a whole.</summary>
public sealed record PassChange(string What, string Site);
