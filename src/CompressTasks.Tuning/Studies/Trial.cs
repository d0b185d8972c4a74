using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>A trial in the hands of the worker that runs it.</summary>
public sealed class Trial
{
    readonly Study _study;

    internal Trial(Study study, TrialRecord record)
    {
        _study = study;
        Record = record;
    }

    public int Number => Record.Number;

    /// <summary>Above 1 when a worker before died with it: a checkpoint of that one may be taken up.</summary>
    public int Attempt => Record.Attempt;

    public Configuration Configuration => Record.Configuration;

    /// <summary>What is known of the trial; up to date after each report.</summary>
    public TrialRecord Record { get; internal set; }

    public double Float(string name) => Configuration.Float(name);

    public int Int(string name) => Configuration.Int(name);

    public string Text(string name) => Configuration.Text(name);

    public bool Flag(string name) => Configuration.Flag(name);

    /// <summary>Values of the measured constraints, in the order of the study's; at most 0 is satisfied. A stopping rule may look at them.</summary>
    public ImmutableArray<double> Violations { get; private set; } = [];

    /// <summary>Records what the constraints measure (latency after the first epoch); told with the outcome unless that brings newer ones.</summary>
    public void Measure(params double[] violations)
    {
        _study.CheckMeasured(violations.Length);
        Violations = [.. violations];
    }

    /// <summary>Reports the objectives after a step and asks the study's stopping rule.</summary>
    /// <param name="step">Not negative, ascending.</param>
    /// <param name="values">One per objective.</param>
    /// <exception cref="TuningException">The number of values is not that of the objectives.</exception>
    public StoppingVerdict Report(int step, params double[] values) => _study.Report(this, step, values);

    /// <summary>
    /// As <see cref="Report"/>, and ends the trial by an exception that <see cref="Study.Run(Func{Trial, double}, int, CancellationToken)"/> understands.
    /// </summary>
    /// <exception cref="TrialPrunedException">The stopping rule says so.</exception>
    public void ReportOrStop(int step, params double[] values)
    {
        var verdict = Report(step, values);
        if (verdict.Stop)
            throw new TrialPrunedException(verdict.Reason);
    }
}

/// <summary>Thrown inside an objective to say that its trial is stopped early. Not an error.</summary>
public sealed class TrialPrunedException(string? reason) : Exception(reason ?? "The trial was stopped early.")
{
    public string? Reason { get; } = reason;
}
