using System.Runtime.InteropServices;
using CompressTasks.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>The diagonal of the loss's second derivative by the weights, averaged over batches.</summary>
public static class HessianDiagonal
{
    /// <summary>Of the mean loss, by Hessian-vector products.</summary>
    /// <param name="batches">Each is disposed after use.</param>
    /// <param name="loss">Scalar loss of the module's output and the batch, the mean over its samples.</param>
    /// <param name="probes">Random vectors per batch, for all weights together.</param>
    /// <param name="exactBelow">Weights of at most so many elements get a product for each element instead.</param>
    /// <returns>By the weight's name, float32 in its shape; the caller's to dispose. Elements can be negative away from a minimum.</returns>
    /// <exception cref="PruningException">CMP0603 no batch; CMP0610 an operator without a second derivative.</exception>
    public static IReadOnlyDictionary<string, Tensor> Measure(
        GraphModule module,
        IEnumerable<Batch> batches,
        Func<Tensor, Batch, Tensor> loss,
        int probes = 8,
        long exactBelow = 8,
        int seed = 1,
        CancellationToken cancellation = default)
    {
        using var generator = new Generator((ulong)seed);
        return Average(module, batches, sums => batch =>
        {
            var weights = module.Weights.Values.ToArray();
            loss(module.forward(batch.Inputs), batch).backward(create_graph: true, retain_graph: true, inputs: weights);
            // A weight that the loss does not depend on has no gradient, and one that it is linear in has a constant one.
            var reached = TakeGradients(module).Where(pair => pair.Gradient.requires_grad).ToArray();
            foreach (var (name, gradient) in reached.Where(pair => pair.Gradient.numel() <= exactBelow))
            {
                cancellation.ThrowIfCancellationRequested();
                AddEachElement(sums[name], module.Weights[name], gradient);
            }

            var large = reached.Where(pair => pair.Gradient.numel() > exactBelow).ToArray();
            for (var probe = 0; large.Length > 0 && probe < probes; probe++)
            {
                cancellation.ThrowIfCancellationRequested();
                AddProbe(sums, module, large, generator, 1.0 / probes);
            }

            return 1;
        }, cancellation);
    }

    /// <summary>Mean of the squared gradients of single samples, with the labels that they have.</summary>
    /// <param name="loss">Scalar loss of the module's output and a batch of one.</param>
    /// <returns>By the weight's name, float32 in its shape, not negative; the caller's to dispose.</returns>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static IReadOnlyDictionary<string, Tensor> EmpiricalFisher(
        GraphModule module, IEnumerable<Batch> batches, Func<Tensor, Batch, Tensor> loss, CancellationToken cancellation = default) =>
        Average(module, batches, sums => batch =>
        {
            for (long sample = 0; sample < batch.Inputs.shape[0]; sample++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var one = new Batch(batch.Inputs.slice(0, sample, sample + 1, 1), batch.Labels?.slice(0, sample, sample + 1, 1));
                loss(module.forward(one.Inputs), one).backward();
                foreach (var (name, gradient) in TakeGradients(module)) sums[name].addcmul_(gradient, gradient, 1);
            }

            return batch.Inputs.shape[0];
        }, cancellation);

    static Dictionary<string, Tensor> Average(
        GraphModule module, IEnumerable<Batch> batches, Func<Dictionary<string, Tensor>, Func<Batch, long>> adder, CancellationToken cancellation)
    {
        using var outer = NewDisposeScope();
        var sums = module.Weights.ToDictionary(pair => pair.Key, pair => zeros_like(pair.Value.detach()), StringComparer.Ordinal);
        var add = adder(sums);
        module.eval();
        module.zero_grad();
        long count = 0;
        try
        {
            foreach (var batch in batches)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                using var owned = batch;
                count += add(batch);
            }
        }
        finally
        {
            module.zero_grad();
        }

        if (count == 0) throw new PruningException(PruningException.CriterionNeedsData, "Second derivatives were to be measured, and no batch of data was given.", hint: "Give training data, or choose the criterion l2.");
        return sums.ToDictionary(pair => pair.Key, pair => pair.Value.div_(count).DetachFromDisposeScope(), StringComparer.Ordinal);
    }

    /// <summary>The gradients, which are taken off the weights so that the next ones do not add to them.</summary>
    static List<(string Name, Tensor Gradient)> TakeGradients(GraphModule module)
    {
        var gradients = new List<(string, Tensor)>();
        foreach (var (name, weight) in module.Weights)
        {
            if (weight.grad is not { } gradient) continue;
            weight.grad = null;
            gradients.Add((name, gradient));
        }

        return gradients;
    }

    static void AddEachElement(Tensor sum, Parameter weight, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var (elements, diagonal) = (gradient.flatten(), zeros(gradient.numel(), device: weight.device));
        for (long i = 0; i < gradient.numel(); i++)
        {
            Backward(elements[i], [weight]);
            if (weight.grad is { } row) diagonal[i] = row.flatten()[i];
            weight.grad = null;
        }

        sum.add_(diagonal.reshape(sum.shape));
    }

    static void AddProbe(Dictionary<string, Tensor> sums, GraphModule module, (string Name, Tensor Gradient)[] gradients, Generator generator, double share)
    {
        using var scope = NewDisposeScope();
        Tensor[] vectors = [.. gradients.Select(pair => randint(0, 2, pair.Gradient.shape, float32, generator: generator).mul_(2).sub_(1).to(pair.Gradient.device))];
        var product = gradients.Zip(vectors, (pair, vector) => (pair.Gradient * vector).sum()).Aggregate((left, right) => left + right);
        Backward(product, [.. gradients.Select(pair => module.Weights[pair.Name])]);
        foreach (var ((name, _), vector) in gradients.Zip(vectors))
        {
            if (module.Weights[name].grad is not { } transformed) continue;
            module.Weights[name].grad = null;
            sums[name].addcmul_(vector, transformed, share);
        }
    }

    // Not autograd.grad, whose native part lets errors end the process.
    static void Backward(Tensor scalar, Parameter[] weights)
    {
        try
        {
            scalar.backward(retain_graph: true, inputs: weights);
        }
        catch (ExternalException exception) when (exception.Message.Contains("is not implemented", StringComparison.Ordinal))
        {
            throw new PruningException(
                PruningException.NoSecondDerivative,
                $"The second derivative cannot be computed: {exception.Message.Split('\n')[0]}.",
                hint: "Ask for the empirical Fisher information instead, which needs gradients only.",
                innerException: exception);
        }
    }
}
