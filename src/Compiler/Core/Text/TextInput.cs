using Sprache;

namespace Onnxc.Text;

/// <summary>
/// Where a parser stands. Unlike Sprache's own input it moves by whole tokens, knows how deeply the place is nested, and works out line and
/// column only when asked, so that parsing takes time and memory linear in the text.
/// </summary>
sealed class TextInput(TextSource origin, int position, int depth) : IInput
{
    Dictionary<object, object>? memos;

    public TextSource Origin { get; } = origin;
    public int Position { get; } = position;
    public int Depth { get; } = depth;
    public string Source => Origin.Text;
    public bool AtEnd => Position >= Source.Length;
    public char Current => Source[Position];
    public int Line => Diagnostics.TextLocation.At(Source, Position).Line;
    public int Column => Diagnostics.TextLocation.At(Source, Position).Column;
    public IDictionary<object, object> Memos => memos ??= [];

    public IInput Advance() => At(Position + 1);

    public TextInput At(int position) => new(Origin, position, Depth);

    public TextInput AtDepth(int depth) => new(Origin, Position, depth);

    public bool Equals(IInput? other) => other is TextInput i && i.Position == Position && ReferenceEquals(i.Source, Source);

    public override bool Equals(object? obj) => Equals(obj as IInput);

    public override int GetHashCode() => Position;
}
