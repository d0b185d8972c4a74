using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

public class OptimizerTests
{
    [Theory]
    [InlineData(0, false, 0)]
    [InlineData(0.9, false, 0.01)]
    [InlineData(0.9, true, 0.01)]
    public void Sgd_does_what_torchs_own_does(double momentum, bool nesterov, double decay) => AssertSame(
        new TrainingRecipe { Momentum = momentum, Nesterov = nesterov, WeightDecay = decay },
        (parameter, weightDecay) => optim.SGD([parameter], 0.1, momentum, weight_decay: weightDecay, nesterov: nesterov));

    [Theory]
    [InlineData(0)]
    [InlineData(0.05)]
    public void AdamW_does_what_torchs_own_does(double decay) => AssertSame(
        new TrainingRecipe { Optimizer = OptimizerKind.AdamW, WeightDecay = decay },
        (parameter, weightDecay) => optim.AdamW([parameter], 0.1, weight_decay: weightDecay));

    /// <summary>Compares with one of torch's optimisers per parameter, without weight decay for the bias.</summary>
    static void AssertSame(TrainingRecipe recipe, Func<TorchSharp.Modules.Parameter, double, optim.Optimizer> torchs)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        var (ours, theirs) = (nn.Linear(5, 3), nn.Linear(5, 3));
        theirs.load_state_dict(ours.state_dict());
        using var optimizer = Optimizer.Create(recipe, ours);
        optim.Optimizer[] references = [torchs(theirs.weight!, recipe.WeightDecay), torchs(theirs.bias!, 0)];
        for (var step = 0; step < 10; step++)
        {
            var inputs = randn(8, 5);
            foreach (var layer in (TorchSharp.Modules.Linear[])[ours, theirs])
            {
                layer.zero_grad();
                layer.forward(inputs).square().mean().backward();
            }

            optimizer.Step(0.1);
            foreach (var reference in references) reference.step();
        }

        Assert.True(ours.weight!.allclose(theirs.weight!, rtol: 1e-4, atol: 1e-6));
        Assert.True(ours.bias!.allclose(theirs.bias!, rtol: 1e-4, atol: 1e-6));
        Assert.Equal(10, optimizer.Steps);
    }

    [Fact]
    public void Frozen_parameters_stay_as_they_are()
    {
        using var scope = NewDisposeScope();
        var layer = nn.Linear(5, 3);
        layer.bias!.requires_grad = false;
        var before = layer.bias.clone();
        using var optimizer = Optimizer.Create(new TrainingRecipe(), layer);
        layer.forward(ones(2, 5)).sum().backward();
        optimizer.Step(0.1);
        Assert.True(before.Equals(layer.bias));
        Assert.Single(optimizer.State);
    }
}
