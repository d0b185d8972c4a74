using System.Globalization;

namespace CompressTasks.Tuning;

/// <summary>Stops a trial (or asks another rule) when none of its objectives improved for some steps.</summary>
public sealed record PatienceRule : IStoppingRule
{
    /// <summary>So many steps without an improvement are waited for.</summary>
    public required int Steps { get; init; }

    /// <summary>A smaller gain is none; in the objective's unit.</summary>
    public double LeastGain { get; init; }

    /// <summary>Asked when patience has run out; the trial stops when null.</summary>
    public IStoppingRule? Then { get; init; }

    public StoppingVerdict Judge(StoppingContext context)
    {
        if (Steps < 1)
            throw new TuningException(TuningException.Setting, "Patience lasts at least one step.");
        if (StepLosses.IsBroken(context))
            return StoppingVerdict.Because("The value is not a number.");
        for (var objective = 0; objective < context.Objectives.Length; objective++)
        {
            var (best, at) = (double.PositiveInfinity, -1);
            foreach (var report in context.Trial.Reports)
            {
                var loss = context.Objectives[objective].Loss(report.Values[objective]);
                if (!(loss < best - (double.IsFinite(best) ? LeastGain : 0)))
                    continue;
                (best, at) = (loss, report.Step);
            }

            if (at < 0)
                at = context.Trial.Reports[0].Step;
            if (context.Step - at < Steps)
                return StoppingVerdict.Continue;
        }

        return Then is null ? StoppingVerdict.Because(string.Create(CultureInfo.InvariantCulture, $"No improvement in {Steps} steps.")) : Then.Judge(context);
    }
}
