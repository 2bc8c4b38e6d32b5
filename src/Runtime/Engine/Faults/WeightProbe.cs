using System.IO.Hashing;
using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>Changes every weight of a session once, to see that some output changes with it: only then is it read from the memory that faults are made in.</summary>
static class WeightProbe
{
    // The sign, a high bit of the exponent, both: what one leaves without effect (-0, a dead channel) another one does not.
    static readonly byte[] Masks = [0x80, 0x40, 0xC0];

    /// <summary>Places of the weights that are live.</summary>
    public static Result<HashSet<int>> Live(FaultSession session, int weights)
    {
        var before = session.Fingerprint();
        if (!before.IsOk) return Result<HashSet<int>>.Fail(before.Diagnostics);
        var live = new HashSet<int>();
        for (var i = 0; i < weights; i++)
        {
            var kept = session.Memory[i].Bytes.ToArray();
            var width = Math.Max(1, IR.ElementTypes.BitWidth(session.Memory[i].Element) / 8);
            foreach (var mask in Masks)
            {
                var bytes = session.Memory[i].Bytes;
                // Sub-byte elements share bytes: their upper halves are enough.
                for (var at = width - 1; at < bytes.Length; at += width) bytes[at] ^= mask;
                var after = session.Fingerprint();
                kept.CopyTo(session.Memory[i].Bytes);
                if (after.IsOk && after.Value.SequenceEqual(before.Value)) continue;
                live.Add(i);
                break;
            }
        }
        return Result<HashSet<int>>.Ok(live);
    }

    /// <summary>A hash of what an output holds.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> bytes) => XxHash128.Hash(bytes);
}
