using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>
/// Sparse training: the number of weights of each layer stays, and their places change. At each of a number of steps the smallest weights
/// go and as many come back, at 0, at random (SET) or where the gradient of the whole dense weight is largest (RigL). The share that
/// changes place falls from <see cref="FirstShare"/> along half a cosine.
/// </summary>
public sealed class ChangingTopology : FixedMask
{
    /// <summary>Share of a layer's weights that the first update moves, as in RigL.</summary>
    public const double FirstShare = 0.3;

    readonly Regrowth regrowth;
    readonly UpdateSteps updates;
    readonly int seed;

    /// <param name="masks">Where weights are at the start.</param>
    /// <param name="regrowth"><see cref="Regrowth.Random"/> or <see cref="Regrowth.Gradient"/>.</param>
    /// <param name="updates">How often weights change place.</param>
    /// <param name="owns">Whether the masks end with this.</param>
    public ChangingTopology(GraphModule module, WeightMasks masks, Regrowth regrowth, int updates, int seed, bool owns = true)
        : base(module, masks, owns)
    {
        if (regrowth is not (Regrowth.Random or Regrowth.Gradient)) throw new ArgumentOutOfRangeException(nameof(regrowth), regrowth, "Nothing would come back.");
        this.regrowth = regrowth;
        this.seed = seed;
        this.updates = new UpdateSteps(updates);
    }

    public override string Identity => FormattableString.Invariant($"topology {regrowth} {updates.Count} {seed}");

    public override bool MayBeKept(TrainingPosition position) => updates.AreOver(position);

    /// <summary>Here, since the gradients of weights that are not there are dropped right after.</summary>
    public override void AfterBackward(TrainingPosition position)
    {
        if (position.Steps > 0 && updates.IsDue(position)) Move(position);
        base.AfterBackward(position);
    }

    void Move(TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var share = FirstShare / 2 * (1 + Math.Cos(Math.PI * UpdateSteps.Done(position)));
        var number = 0;
        foreach (var name in Masks.Masks.Keys)
        {
            var random = new SeededRandom(seed, (3L << 40) + (position.Steps << 16) + number++);
            var (weight, mask) = (Module.Weights[name], Masks.Masks[name]);
            var kept = Masks.KeptOf(name);
            var moved = Math.Min((long)(share * kept), mask.numel() - kept);
            if (moved == 0) continue;
            var flat = mask.reshape(-1).clone();
            var magnitude = weight.detach().reshape(-1).abs().masked_fill(flat.eq(0), double.PositiveInfinity);
            var (_, going) = magnitude.sort(0, descending: false, stable: true);
            flat.index_fill_(0, going.slice(0, 0, moved, 1), 0);
            var wish = regrowth == Regrowth.Gradient && weight.grad is { } gradient ? gradient.reshape(-1).abs() : Draws(flat.numel(), random).to(flat.device);
            var (_, coming) = wish.masked_fill(flat.ne(0), double.NegativeInfinity).sort(0, descending: true, stable: true);
            flat.index_fill_(0, coming.slice(0, 0, moved, 1), 1);
            // What went and comes back at once has kept its value: it begins anew as the others do.
            var stayed = mask.reshape(-1).clone().index_fill_(0, going.slice(0, 0, moved, 1), 0).reshape(mask.shape);
            weight.mul_(stayed);
            Masks.Set(name, flat.reshape(mask.shape));
        }
    }

    static Tensor Draws(long count, SeededRandom random)
    {
        var values = new float[count];
        for (var i = 0; i < values.Length; i++) values[i] = (random.Next() >> 40) * (1f / (1 << 24));
        return tensor(values);
    }
}
