using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Acts on a module's weights within a step of training: masks, regularisers. Has to be deterministic, since resumption is exact.</summary>
public abstract class TrainingConstraint : IDisposable
{
    /// <summary>What it does, with every number that decides; a checkpoint has to agree in it.</summary>
    public abstract string Identity { get; }

    /// <summary>Every tensor that it changes over time, by names that are the same in the next run; checkpoints restore them in place.</summary>
    public virtual IEnumerable<(string Name, Tensor Value)> State => [];

    /// <summary>False for as long as the weights are not yet what the run is to end with, so that no such epoch is kept as the best.</summary>
    public virtual bool MayBeKept(TrainingPosition position) => true;

    /// <summary>After the gradients are there (clipped) and before the optimiser uses them; both gradients and weights may be changed.</summary>
    public virtual void AfterBackward(TrainingPosition position)
    {
    }

    /// <summary>After the optimiser's update, or before the first step; weights may be changed. Called without gradient tracking.</summary>
    public virtual void AfterUpdate(TrainingPosition position)
    {
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>Where a training is.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="Step">Within the epoch, from 0; the number of steps done where a step has just ended.</param>
public readonly record struct TrainingPosition(int Epoch, int Step, int StepsPerEpoch, int Epochs)
{
    /// <summary>Steps since the start of the training.</summary>
    public long Steps => ((long)Epoch * StepsPerEpoch) + Step;

    /// <summary>Steps of the whole training.</summary>
    public long AllSteps => (long)Epochs * StepsPerEpoch;

    /// <summary>Share of the training that is done, 0 to 1.</summary>
    public double Done => AllSteps == 0 ? 1 : (double)Steps / AllSteps;
}
