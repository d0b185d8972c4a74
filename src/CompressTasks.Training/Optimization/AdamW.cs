using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with beta 0.9 and 0.999 and epsilon 1e-8.
/// </summary>
sealed class AdamW : Optimizer
{
    const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    readonly double weightDecay;
    readonly Tensor[] means, squares;
    readonly Scalar newMean = 1 - Beta1, oldMean = Beta1, oldSquare = Beta2, newSquare = 1 - Beta2, epsilon = Epsilon;
    Scalar? shrink, minusRate, squareCorrection;

    public AdamW(IEnumerable<nn.Module> modules, TrainingRecipe recipe) : base(modules)
    {
        weightDecay = recipe.WeightDecay;
        means = Zeros();
        squares = Zeros();
    }

    public override IEnumerable<(string Name, Tensor Value)> State => Named("mean", means).Concat(Named("square", squares));

    protected override void BeginStep(double rate)
    {
        shrink = 1 - (rate * weightDecay);
        minusRate = -rate / (1 - Math.Pow(Beta1, Steps));
        squareCorrection = 1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps));
    }

    protected override void Update(int index, Tensor parameter, Tensor gradient, bool decays)
    {
        if (decays && weightDecay > 0) parameter.mul_(shrink!);
        means[index].mul_(oldMean).add_(gradient, newMean);
        squares[index].mul_(oldSquare).addcmul_(gradient, gradient, newSquare);
        using var root = squares[index].sqrt();
        parameter.addcdiv_(means[index], root.mul_(squareCorrection!).add_(epsilon), minusRate!);
    }

    protected override void EndStep()
    {
        shrink?.Dispose();
        minusRate?.Dispose();
        squareCorrection?.Dispose();
    }
}
