using CompressTasks.Onnx;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Surgery;

namespace CompressTasks.Fuzzing;

/// <summary>
/// What is tried with every file: read, check, simplify, infer, couple, cut, write, and read again. Any exception but a
/// <see cref="CompressException"/> is a finding, and so is a cut model that is not what was planned.
/// </summary>
static class Target
{
    /// <summary>What a case may allocate: a fixed part, and some for each byte of its file.</summary>
    const long FixedBytes = 512L << 20, BytesPerByte = 200;

    public static Outcome Run(string path, string output)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var outcome = Try(path, output);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return !outcome.IsFinding && allocated > FixedBytes + (BytesPerByte * new FileInfo(path).Length)
            ? new Outcome(Outcome.Memory, FormattableString.Invariant($"{allocated >> 20} MiB allocated for {outcome.Kind}"))
            : outcome;
    }

    static Outcome Try(string path, string output)
    {
        var wasUsable = false;
        try
        {
            var model = OnnxModel.Read(path);
            ModelChecker.Check(model);
            Simplification.Apply(model);
            var shapes = InputShapes.Resolve(model, null);
            var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes));
            var search = new CutSearch(graph, new UnitSelection(graph, MagnitudeCriterion.Score(graph), Distribution.Global));
            var half = new CostLimits(search.Nothing.Cost.Macs / 2);
            wasUsable = true;
            var cut = search.CanReach(half) ? search.Find(half) : search.Everything;
            var smaller = ModelSurgery.Remove(graph, cut.Removed);
            smaller.Write(output);
            return Compare(cut.Cost, OnnxModel.Read(output), shapes);
        }
        catch (CompressException exception) when (!wasUsable && exception.Code != PruningException.Inconsistent)
        {
            return new Outcome(exception.Code);
        }
        catch (OutOfMemoryException exception)
        {
            return new Outcome(Outcome.Memory, Where(exception));
        }
        catch (CompressException exception)
        {
            return new Outcome(Outcome.Defect, $"{exception.Message} {Where(exception)}");
        }
        // The point of the exercise: whatever else is thrown is what is looked for.
        catch (Exception exception)
        {
            return new Outcome(Outcome.Crash, $"{exception.GetType().Name}: {exception.Message} {Where(exception)}");
        }
    }

    static Outcome Compare(Cost planned, OnnxModel written, IReadOnlyDictionary<string, long[]> shapes)
    {
        ModelChecker.Check(written);
        var counted = CostModel.Count(written, ShapeInference.Infer(written, shapes));
        return counted.Macs == planned.Macs && counted.Parameters == planned.Parameters
            ? new Outcome(Outcome.Ok)
            : new Outcome(Outcome.Defect, FormattableString.Invariant($"counted {counted.Macs} MACs and {counted.Parameters} parameters, planned {planned.Macs} and {planned.Parameters}"));
    }

    /// <summary>The innermost three methods of ours.</summary>
    static string Where(Exception exception) => string.Join(" < ", (exception.StackTrace ?? "")
        .Split('\n', StringSplitOptions.TrimEntries)
        .Where(line => line.Contains("CompressTasks.", StringComparison.Ordinal))
        .Take(3)
        .Select(line => line[3..(line.IndexOf('(', StringComparison.Ordinal) is > 0 and var end ? end : line.Length)]));
}
