using CompressTasks.Pipeline;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Tests.Terminal;

public sealed class ProgressDisplayTests
{
    [Fact]
    public void A_log_gets_a_line_when_a_stage_begins_and_then_every_ten_per_cent()
    {
        var (display, error, _) = Create(isTerminal: false);

        for (var percent = 0; percent <= 25; percent++) display.Report(new ProgressEvent("Train", $"step {percent}", percent / 100.0));
        display.Report(new ProgressEvent("Check", "running", null));

        Assert.Equal("Train: 0 % step 0\nTrain: 10 % step 10\nTrain: 20 % step 20\nCheck: running\n", error.ToString());
    }

    [Fact]
    public void A_log_gets_a_line_after_ten_seconds_of_slow_work()
    {
        var (display, error, clock) = Create(isTerminal: false);

        display.Report(new ProgressEvent("Train", "first", 0.01));
        clock.Advance(TimeSpan.FromSeconds(9));
        display.Report(new ProgressEvent("Train", "too early", 0.02));
        clock.Advance(TimeSpan.FromSeconds(1));
        display.Report(new ProgressEvent("Train", "in time", 0.03));

        Assert.Equal("Train: 1 % first\nTrain: 3 % in time\n", error.ToString());
    }

    [Fact]
    public void Detailed_logs_have_every_event()
    {
        var (display, error, _) = Create(isTerminal: true, everyEvent: true);

        display.Report(new ProgressEvent("Train", "one", 0.001));
        display.Report(new ProgressEvent("Train", "two", 0.002));

        Assert.Equal("Train: 0 % one\nTrain: 0 % two\n", error.ToString());
    }

    [Fact]
    public void A_terminal_gets_one_line_that_is_redrawn_cut_to_the_width_and_erased()
    {
        var (display, error, clock) = Create(isTerminal: true);

        display.Report(new ProgressEvent("Train", "epoch 1 of 2", 0.5));
        display.Report(new ProgressEvent("Train", "too soon to redraw", 0.51));
        clock.Advance(TimeSpan.FromSeconds(1));
        display.Report(new ProgressEvent("Train", new string('x', 200), 0.75));
        display.Clear();
        display.Clear();

        var lines = error.ToString().Split("\r\e[K");
        Assert.Equal(["", "Train  ██████████░░░░░░░░░░  50 %  epoch 1 of 2"], lines[..2]);
        Assert.Equal(79, lines[2].Length);
        Assert.EndsWith("xxx…", lines[2], StringComparison.Ordinal);
        Assert.Equal([""], lines[3..]);
    }

    static (ProgressDisplay Display, StringWriter Error, ManualClock Clock) Create(bool isTerminal, bool everyEvent = false)
    {
        var clock = new ManualClock();
        var error = new StringWriter { NewLine = "\n" };
        var console = new ToolConsole { Out = TextWriter.Null, Error = error, IsErrorTerminal = isTerminal, Width = 80, Time = clock };
        return (new ProgressDisplay(console, everyEvent), error, clock);
    }

    sealed class ManualClock : TimeProvider
    {
        long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Advance(TimeSpan time) => now += time.Ticks;
    }
}
