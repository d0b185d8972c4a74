using CompressTasks.Onnx;

namespace CompressTasks.Profiling;

/// <summary>Everything that reports say about a model's cost, taken from its written file.</summary>
public static class ModelProfiler
{
    /// <exception cref="ModelException">The file is no usable model, or a shape does not fit.</exception>
    /// <exception cref="ProfilingException">CMP0303 to CMP0308.</exception>
    public static ModelProfile Measure(string path, ProfileOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new ProfileOptions();
        var subject = Subject.Read(path, options);
        options.Progress?.Report("latency");
        var latency = LatencyProfiler.Measure(path, subject.Options, cancellation);
        return Complete(subject, latency, options, cancellation);
    }

    /// <summary>Profiles two models, their latencies interleaved. Shapes apply to both.</summary>
    /// <inheritdoc cref="Measure"/>
    public static ProfileComparison Compare(
        string original, string candidate, ProfileOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new ProfileOptions();
        var first = Subject.Read(original, options);
        var second = Subject.Read(candidate, options);
        options.Progress?.Report("latency of both models");
        var latency = LatencyProfiler.Compare(original, first.Options, candidate, second.Options, cancellation);
        return new ProfileComparison(
            Complete(first, latency.Original, options, cancellation),
            Complete(second, latency.Candidate, options, cancellation),
            latency.Ratio,
            latency.MinRatio);
    }

    static ModelProfile Complete(Subject subject, Latency latency, ProfileOptions options, CancellationToken cancellation)
    {
        long? memory = null;
        if (options.Memory)
        {
            options.Progress?.Report("peak memory");
            memory = PeakMemory.Measure(
                subject.Path,
                new MemoryOptions { Threads = subject.Options.Threads, Seed = subject.Options.Seed, Shapes = subject.Options.Shapes },
                cancellation);
        }

        IReadOnlyList<NodeTime>? times = null;
        if (options.NodeTimes)
        {
            options.Progress?.Report("time of each node");
            times = NodeTimes.Measure(subject.Simplified, subject.Options, cancellation);
        }

        var cost = subject.Cost;
        return new ModelProfile(
            subject.Path,
            subject.SizeBytes,
            cost.Parameters,
            cost.Buffers,
            cost.Macs,
            cost.Flops,
            subject.Options.Shapes!,
            latency,
            memory,
            times is null
                ? [.. cost.Layers.Select(layer => new LayerProfile(layer.Name, layer.Operator, layer.Parameters, layer.Macs, null))]
                : Joined(cost.Layers, times))
        {
            NonZeroParameters = subject.Simplified.IsStoredSparse ? NonZeros.Parameters(subject.Simplified) : null,
        };
    }

    /// <summary>Costs and times of the same nodes; both are in graph order, so equal names are matched in turn.</summary>
    static List<LayerProfile> Joined(IReadOnlyList<LayerCost> costs, IReadOnlyList<NodeTime> times)
    {
        var layers = new List<LayerProfile>();
        var next = 0;
        foreach (var time in times)
        {
            if (next < costs.Count && costs[next].Name == time.Name && costs[next].Operator == time.Operator)
            {
                layers.Add(new LayerProfile(time.Name, time.Operator, costs[next].Parameters, costs[next].Macs, time.Milliseconds));
                next++;
            }
            else if (time.Milliseconds > 0)
            {
                layers.Add(new LayerProfile(time.Name, time.Operator, 0, 0, time.Milliseconds));
            }
        }

        return layers;
    }

    /// <summary>A model that was read, with the shapes it is profiled at.</summary>
    sealed record Subject(string Path, long SizeBytes, OnnxModel Simplified, ModelCost Cost, LatencyOptions Options)
    {
        public static Subject Read(string path, ProfileOptions options)
        {
            var model = OnnxModel.Read(path);
            ModelChecker.Check(model);
            var shapes = InputShapes.Resolve(model, options.Latency.Shapes);
            Simplification.Apply(model);
            try
            {
                var cost = CostModel.Count(model, ShapeInference.Infer(model, shapes));
                return new Subject(path, model.BytesOnDisk!.Value, model, cost, options.Latency with { Shapes = shapes });
            }
            catch (ModelException exception) when (exception is { Code: ModelException.Shape, Hint: null })
            {
                var used = string.Join(", ", shapes.Select(shape => $"{shape.Key}={ModelInput.Text(shape.Value)}"));
                throw new ModelException(
                    exception.Code,
                    exception.Message,
                    path,
                    $"The model was taken at {used}; dynamic axes are 1 unless --shape says otherwise.",
                    exception);
            }
        }
    }
}
