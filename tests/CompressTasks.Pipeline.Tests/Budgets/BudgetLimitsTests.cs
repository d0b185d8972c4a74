namespace CompressTasks.Pipeline.Tests.Budgets;

public sealed class BudgetLimitsTests
{
    static readonly Measurements Original = new()
    {
        SizeBytes = 1_000_001,
        LatencyMs = 4,
        LatencyRatio = 1,
        Macs = 8_000_000,
        Parameters = 250_000,
        MemoryBytes = 20_000_000,
        Accuracy = 0.91,
    };

    static Budget[] Budgets(params (BudgetKind Kind, string Text)[] texts) => [.. texts.Select(pair => Budget.Parse(pair.Kind, pair.Text))];

    [Fact]
    public void Relative_budgets_take_the_originals_measurement()
    {
        var limits = BudgetLimits.Resolve(Budgets((BudgetKind.MaxSize, "50%"), (BudgetKind.MaxFlops, "4M"), (BudgetKind.MaxAccuracyDrop, "1%")), Original);

        Assert.Equal(500_000.5, limits.Of(BudgetKind.MaxSize));
        Assert.Equal(4e6, limits.Of(BudgetKind.MaxFlops));
        Assert.Equal(0.90, limits.Of(BudgetKind.MaxAccuracyDrop)!.Value, 12);
        Assert.Null(limits.Of(BudgetKind.MaxMemory));
    }

    [Fact]
    public void Flops_and_macs_budgets_unite_to_the_tighter_one()
    {
        Assert.Equal(2e6, BudgetLimits.Resolve(Budgets((BudgetKind.MaxFlops, "4M")), Original).MaxMacs);
        Assert.Equal(1e6, BudgetLimits.Resolve(Budgets((BudgetKind.MaxFlops, "4M"), (BudgetKind.MaxMacs, "1M")), Original).MaxMacs);
        Assert.Null(BudgetLimits.Resolve([], Original).MaxMacs);
    }

    [Fact]
    public void A_candidate_on_the_limit_meets_it_and_one_byte_more_does_not()
    {
        var limits = BudgetLimits.Resolve(Budgets((BudgetKind.MaxSize, "400KB")), Original);

        Assert.True(limits.Check(new Measurements { SizeBytes = 400_000 }).AllMet);
        var missed = limits.Check(new Measurements { SizeBytes = 400_001 });
        Assert.False(missed.AllMet);
        Assert.Equal(1 / 400_000.0, missed.Results[0].MissedBy, 10);
    }

    [Fact]
    public void A_drop_of_exactly_the_allowed_points_meets_the_budget()
    {
        var limits = BudgetLimits.Resolve(Budgets((BudgetKind.MaxAccuracyDrop, "1%")), Original);

        Assert.True(limits.Check(new Measurements { Accuracy = 0.90 }).AllMet);
        Assert.True(limits.Check(new Measurements { Accuracy = 0.95 }).AllMet);
        var missed = limits.Check(new Measurements { Accuracy = 0.8999 });
        Assert.Equal(0.0001, missed.Results[0].MissedBy, 9);
        Assert.Equal("MaxAccuracyDrop=1%: 89.99 %, 0.01 points below the limit of 90.00 %", missed.Results[0].ToString());
    }

    [Fact]
    public void Relative_latency_is_judged_by_the_ratio_of_interleaved_runs_and_absolute_latency_by_time()
    {
        var candidate = new Measurements { LatencyMs = 2.4, LatencyRatio = 0.45 };

        Assert.True(BudgetLimits.Resolve(Budgets((BudgetKind.MaxLatency, "50%")), Original).Check(candidate).AllMet);
        Assert.False(BudgetLimits.Resolve(Budgets((BudgetKind.MaxLatency, "2ms")), Original).Check(candidate).AllMet);
    }

    [Fact]
    public void A_budget_without_its_measurement_is_an_error_and_not_met_silently()
    {
        Assert.Equal("CMP0204", Assert.Throws<BudgetException>(() => BudgetLimits.Resolve(Budgets((BudgetKind.MaxAccuracyDrop, "1%")), new Measurements())).Code);
        var limits = BudgetLimits.Resolve(Budgets((BudgetKind.MaxMemory, "1MB")), new Measurements());
        Assert.Equal("CMP0204", Assert.Throws<BudgetException>(() => limits.Check(new Measurements())).Code);
    }

    [Fact]
    public void The_same_kind_twice_is_a_contradiction() =>
        Assert.Equal("CMP0202", Assert.Throws<BudgetException>(() => BudgetLimits.Resolve(Budgets((BudgetKind.MaxSize, "1MB"), (BudgetKind.MaxSize, "2MB")), Original)).Code);

    [Fact]
    public void A_miss_says_which_budget_by_how_much_and_leaves_out_those_that_are_met()
    {
        var check = BudgetLimits.Resolve(Budgets((BudgetKind.MaxSize, "400KB"), (BudgetKind.MaxMacs, "4M")), Original)
            .Check(new Measurements { SizeBytes = 512_300, Macs = 3_000_000 });

        var error = check.NotMet(hint: "Raise it.", model: "net.onnx");

        Assert.Equal("CMP0203", error.Code);
        Assert.Same(check, error.Check);
        Assert.Contains("MaxSize=400KB: 512.30 KB, 28.1 % above the limit of 400.00 KB", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("MaxMacs", error.Message, StringComparison.Ordinal);
    }
}
