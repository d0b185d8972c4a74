namespace CompressTasks.Pipeline.Tests.Runs;

/// <summary>Keeps what was reported, and does something at each event.</summary>
sealed class RecordedProgress : IProgress<ProgressEvent>
{
    public List<ProgressEvent> Events { get; } = [];

    public IEnumerable<string> Stages => Events.Select(progress => progress.Stage).Distinct();

    public Action<ProgressEvent>? OnEvent { get; init; }

    public void Report(ProgressEvent value)
    {
        Events.Add(value);
        OnEvent?.Invoke(value);
    }
}
