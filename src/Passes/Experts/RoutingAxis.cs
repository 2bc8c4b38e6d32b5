namespace Onnxc.Passes.Experts;

/// <summary>What an axis of a value of the router counts.</summary>
enum RoutingAxis
{
    Token,

    /// <summary>The experts that were chosen for a token.</summary>
    Slot,

    Expert,

    /// <summary>Nothing: its extent is 1.</summary>
    One,
}
