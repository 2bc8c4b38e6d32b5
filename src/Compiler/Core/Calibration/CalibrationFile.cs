using Google.Protobuf;
using Onnxc.Calibration.Proto;
using Onnxc.Diagnostics;

namespace Onnxc.Calibration;

/// <summary>Reads and writes tables (<c>schemas/calibration.proto</c>).</summary>
public static class CalibrationFile
{
    const int Version = 1;
    const long MostBytes = 1L << 30;

    public static Result<CalibrationTable> Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MostBytes }) return Fail(path, "it is larger than any table");
            var proto = TableProto.Parser.ParseFrom(File.ReadAllBytes(path));
            return proto.Version == Version ? Result<CalibrationTable>.Ok(Table(proto)) : Fail(path, "it is no table, or one of another version");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidProtocolBufferException or InvalidDataException)
        {
            return Fail(path, e.Message);
        }
    }

    /// <summary>Writes beside the target and moves into place. Returns what went wrong, or null.</summary>
    public static Diagnostic? Write(string path, CalibrationTable table)
    {
        var beside = path + ".tmp";
        try
        {
            File.WriteAllBytes(beside, Proto(table).ToByteArray());
            File.Move(beside, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Diagnostic.Create(Descriptors.FileNotWritable, null, path, e.Message);
        }
    }

    static Result<CalibrationTable> Fail(string path, string reason) => Result<CalibrationTable>.Fail(Diagnostic.Create(Descriptors.TableNotReadable, null, path, reason));

    static TableProto Proto(CalibrationTable table)
    {
        var proto = new TableProto { Version = Version, Model = table.Model, Samples = table.Samples, Dropped = table.Dropped };
        if (table.Progress is { } progress) proto.Progress = progress;
        foreach (var (count, index) in table.Shards) proto.Shards.Add(new ShardProto { Index = index, Count = count });
        foreach (var (name, seen) in table.Values) proto.Values.Add(Proto(name, seen));
        return proto;
    }

    static ValueProto Proto(string name, ValueStatistics seen)
    {
        var proto = new ValueProto
        {
            Name = name,
            Samples = seen.Samples,
            Elements = seen.Elements,
            Zeros = seen.Zeros,
            Nans = seen.NaNs,
            Infinities = seen.Infinities,
            Least = seen.Least,
            Most = seen.Most,
            Sum = Proto(seen.Sum),
            SumOfSquares = Proto(seen.SumOfSquares),
            ChannelsDiffer = seen.ChannelsDiffer,
        };
        if (seen.ChannelAxis is { } axis) proto.ChannelAxis = axis;
        if (!seen.Histogram.IsEmpty)
        {
            proto.Histogram = new HistogramProto { Exponent = seen.Histogram.Exponent, First = seen.Histogram.First };
            proto.Histogram.Counts.AddRange(seen.Histogram.Counts.Select(c => (ulong)c));
        }
        if (seen.Channels is not { } channels) return proto;
        proto.Channels = new ChannelsProto();
        proto.Channels.Elements.AddRange(channels.Elements);
        proto.Channels.Least.AddRange(channels.Least);
        proto.Channels.Most.AddRange(channels.Most);
        proto.Channels.Sums.AddRange(channels.Sums.Select(Proto));
        proto.Channels.Magnitudes.AddRange(channels.Magnitudes.Select(Proto));
        return proto;
    }

    static SumProto Proto(ExactSum sum)
    {
        var (units, exponent) = sum.ToCanonical();
        return new SumProto { Units = ByteString.CopyFrom(units), Exponent = exponent };
    }

    static CalibrationTable Table(TableProto proto)
    {
        var table = new CalibrationTable(proto.Model) { Samples = proto.Samples, Dropped = proto.Dropped, Progress = proto.HasProgress ? proto.Progress : null };
        foreach (var shard in proto.Shards)
        {
            if (shard.Count is < 1 or > 1 << 20 || shard.Index < 0 || shard.Index >= shard.Count) throw new InvalidDataException("a shard is out of range");
            table.Add(shard.Index, shard.Count);
        }
        foreach (var value in proto.Values) table[value.Name] = Value(value);
        return table;
    }

    static ValueStatistics Value(ValueProto proto)
    {
        if (proto.Histogram?.Counts.Count > Histogram.MostBins) throw new InvalidDataException("a histogram has too many bins");
        return new ValueStatistics
        {
            Samples = proto.Samples,
            Elements = proto.Elements,
            Zeros = proto.Zeros,
            NaNs = proto.Nans,
            Infinities = proto.Infinities,
            Least = proto.Least,
            Most = proto.Most,
            Sum = Sum(proto.Sum),
            SumOfSquares = Sum(proto.SumOfSquares),
            Histogram = proto.Histogram is { } h ? Histogram.Of(h.Exponent, h.First, [.. h.Counts.Select(c => (long)c)]) : new(),
            ChannelAxis = proto.HasChannelAxis ? proto.ChannelAxis : null,
            ChannelsDiffer = proto.ChannelsDiffer,
            Channels = proto.Channels is { } channels ? Channels(channels) : null,
        };
    }

    static ChannelStatistics Channels(ChannelsProto proto)
    {
        var count = proto.Elements.Count;
        if (new[] { proto.Least.Count, proto.Most.Count, proto.Sums.Count, proto.Magnitudes.Count }.Any(c => c != count)) throw new InvalidDataException("channels do not agree");
        return ChannelStatistics.Of([.. proto.Elements], [.. proto.Least], [.. proto.Most], [.. proto.Sums.Select(Sum)], [.. proto.Magnitudes.Select(Sum)]);
    }

    static ExactSum Sum(SumProto? proto) => proto is null ? new() : ExactSum.Of(proto.Units.Span, proto.Exponent);
}
