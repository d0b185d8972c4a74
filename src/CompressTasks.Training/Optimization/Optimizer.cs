using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Updates parameters from their gradients, in place. Written over in-place operations, so that a step allocates next to
/// nothing and its whole state is a list of named tensors that a checkpoint restores bit for bit.
/// </summary>
abstract class Optimizer : IDisposable
{
    readonly (string Name, TorchSharp.Modules.Parameter Parameter, bool Decays)[] parameters;

    /// <param name="modules">The first one's parameters are known by their names, those of the others by number and name.</param>
    protected Optimizer(IEnumerable<nn.Module> modules)
    {
        parameters = [.. modules.SelectMany((module, index) => module.named_parameters().Where(named => named.parameter.requires_grad)
            .Select(named => (index == 0 ? named.name : FormattableString.Invariant($"{index}/{named.name}"), named.parameter, named.parameter.dim() > 1)))];
    }

    /// <summary>Steps done.</summary>
    public long Steps { get; set; }

    /// <summary>Every tensor of the state, by a name that is the same in the next run.</summary>
    public abstract IEnumerable<(string Name, Tensor Value)> State { get; }

    public static Optimizer Create(TrainingRecipe recipe, params IEnumerable<nn.Module> modules) => recipe.Optimizer switch
    {
        OptimizerKind.AdamW => new AdamW(modules, recipe),
        _ => new Sgd(modules, recipe),
    };

    public void Step(double rate)
    {
        using var noGradient = no_grad();
        Steps++;
        BeginStep(rate);
        for (var index = 0; index < parameters.Length; index++)
        {
            // Null for a parameter that the loss does not depend on.
            using var gradient = parameters[index].Parameter.grad;
            if (gradient is not null) Update(index, parameters[index].Parameter, gradient, parameters[index].Decays);
        }

        EndStep();
    }

    public void Dispose()
    {
        foreach (var (_, value) in State) value.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract void BeginStep(double rate);

    protected abstract void Update(int index, Tensor parameter, Tensor gradient, bool decays);

    protected abstract void EndStep();

    /// <summary>One tensor of zeros for each parameter, outside of any dispose scope.</summary>
    protected Tensor[] Zeros() => [.. parameters.Select(entry => zeros_like(entry.Parameter, requires_grad: false).DetachFromDisposeScope())];

    protected IEnumerable<(string Name, Tensor Value)> Named(string kind, Tensor[] values) =>
        values.Select((value, index) => ($"{kind}/{parameters[index].Name}", value));
}
