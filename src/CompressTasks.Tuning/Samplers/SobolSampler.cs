namespace CompressTasks.Tuning;

/// <summary>
/// Scrambled Sobol points: as unordered as random ones, but spread evenly over every pair of parameters. Numbers of trials that are powers of two use it
/// best.
/// </summary>
public sealed class SobolSampler : ISampler
{
    SobolSequence? _sequence;
    (long Seed, int Dimensions) _made;

    public Proposal? Propose(SamplingContext context)
    {
        var encoding = context.History.Encoding;
        if (_sequence is null || _made != (context.Seed, encoding.Dimensions))
        {
            _made = (context.Seed, encoding.Dimensions);
            _sequence = new(context.Seed, encoding.Dimensions);
        }

        if (context.Redraw > 0)
        {
            var random = context.Random(2);
            return new(encoding.Decode(encoding.Draw(ref random)), "sobol");
        }

        return new(encoding.Decode(encoding.Draw(_sequence.Point(context.Number))), "sobol");
    }
}
