using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Stochastic gradient descent with momentum: g += decay * w; v = momentum * v + g; w -= rate * v, or with Nesterov's
/// momentum w -= rate * (g + momentum * v) (Sutskever et al., 2013, in the form that torch uses).
/// </summary>
sealed class Sgd(IEnumerable<nn.Module> modules, TrainingRecipe recipe) : Optimizer(modules)
{
    readonly Scalar momentum = recipe.Momentum, decay = recipe.WeightDecay;
    Tensor[]? velocities;
    Scalar? minusRate;

    public override IEnumerable<(string Name, Tensor Value)> State => recipe.Momentum > 0 ? Named("velocity", Velocities) : [];

    Tensor[] Velocities => velocities ??= Zeros();

    protected override void BeginStep(double rate) => minusRate = -rate;

    protected override void Update(int index, Tensor parameter, Tensor gradient, bool decays)
    {
        if (decays && recipe.WeightDecay > 0) gradient.add_(parameter, decay);
        if (recipe.Momentum == 0)
        {
            parameter.add_(gradient, minusRate!);
            return;
        }

        var velocity = Velocities[index];
        velocity.mul_(momentum).add_(gradient);
        parameter.add_(recipe.Nesterov ? gradient.add_(velocity, momentum) : velocity, minusRate!);
    }

    protected override void EndStep() => minusRate?.Dispose();
}
