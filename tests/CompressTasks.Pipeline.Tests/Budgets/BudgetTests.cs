using System.Globalization;

namespace CompressTasks.Pipeline.Tests.Budgets;

public sealed class BudgetTests
{
    [Theory]
    [InlineData(BudgetKind.MaxSize, "400KB", 400_000)]
    [InlineData(BudgetKind.MaxSize, "1.5MiB", 1_572_864)]
    [InlineData(BudgetKind.MaxSize, "1.5 mib", 1_572_864)]
    [InlineData(BudgetKind.MaxSize, "  12345  ", 12_345)]
    [InlineData(BudgetKind.MaxSize, "7B", 7)]
    [InlineData(BudgetKind.MaxMemory, "2gb", 2e9)]
    [InlineData(BudgetKind.MaxMemory, "1KiB", 1024)]
    [InlineData(BudgetKind.MaxLatency, "2ms", 2)]
    [InlineData(BudgetKind.MaxLatency, "0.5s", 500)]
    [InlineData(BudgetKind.MaxLatency, "800us", 0.8)]
    [InlineData(BudgetKind.MaxLatency, "800 \u00B5s", 0.8)]
    [InlineData(BudgetKind.MaxFlops, "4M", 4e6)]
    [InlineData(BudgetKind.MaxFlops, "1.2G", 1.2e9)]
    [InlineData(BudgetKind.MaxMacs, "250k", 250e3)]
    [InlineData(BudgetKind.MaxMacs, "4e6", 4e6)]
    [InlineData(BudgetKind.MaxParameters, "61706", 61706)]
    [InlineData(BudgetKind.MaxParameters, ".5M", 5e5)]
    [InlineData(BudgetKind.MinAccuracy, "91%", 0.91)]
    [InlineData(BudgetKind.MinAccuracy, "0.91", 0.91)]
    [InlineData(BudgetKind.MaxAccuracyDrop, "1%", 0.01)]
    [InlineData(BudgetKind.MaxAccuracyDrop, "0.5 %", 0.005)]
    [InlineData(BudgetKind.MaxAccuracyDrop, "0%", 0)]
    public void Absolute_budgets_are_read_in_their_unit(BudgetKind kind, string text, double amount)
    {
        var budget = Budget.Parse(kind, text);

        Assert.Equal(amount, budget.Amount, amount * 1e-12);
        Assert.False(budget.IsRelative);
        Assert.Equal(text.Trim(), budget.Text);
    }

    [Theory]
    [InlineData("50%", 0.5)]
    [InlineData("12.5 %", 0.125)]
    [InlineData("110%", 1.1)]
    public void Per_cent_are_relative_to_the_original(string text, double amount)
    {
        foreach (var kind in (BudgetKind[])[BudgetKind.MaxSize, BudgetKind.MaxLatency, BudgetKind.MaxFlops, BudgetKind.MaxMacs, BudgetKind.MaxParameters, BudgetKind.MaxMemory])
        {
            var budget = Budget.Parse(kind, text);
            Assert.True(budget.IsRelative);
            Assert.Equal(amount, budget.Amount, 12);
        }
    }

    [Theory]
    [InlineData(BudgetKind.MaxSize, "12 parsecs")]
    [InlineData(BudgetKind.MaxSize, "")]
    [InlineData(BudgetKind.MaxSize, "KB")]
    [InlineData(BudgetKind.MaxSize, "400K")]
    [InlineData(BudgetKind.MaxSize, "1,5MB")]
    [InlineData(BudgetKind.MaxSize, "1.5.2MB")]
    [InlineData(BudgetKind.MaxSize, "50%%")]
    [InlineData(BudgetKind.MaxSize, "1e999")]
    [InlineData(BudgetKind.MaxSize, "NaN")]
    [InlineData(BudgetKind.MaxLatency, "2")]
    [InlineData(BudgetKind.MaxLatency, "2 KB")]
    [InlineData(BudgetKind.MaxFlops, "4m")]
    [InlineData(BudgetKind.MaxFlops, "4MB")]
    [InlineData(BudgetKind.MinAccuracy, "91")]
    [InlineData(BudgetKind.MinAccuracy, "1")]
    [InlineData(BudgetKind.MaxAccuracyDrop, "1")]
    [InlineData(BudgetKind.MaxAccuracyDrop, "1 KB")]
    public void Malformed_budgets_name_the_metadata_the_text_and_what_is_accepted(BudgetKind kind, string text)
    {
        var error = Assert.Throws<BudgetException>(() => Budget.Parse(kind, text));

        Assert.Equal("CMP0201", error.Code);
        Assert.Contains($"{kind}=\"{text}\"", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("Write for example", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BudgetKind.MaxSize, "0")]
    [InlineData(BudgetKind.MaxSize, "-4KB")]
    [InlineData(BudgetKind.MaxLatency, "0%")]
    [InlineData(BudgetKind.MaxFlops, "-50%")]
    [InlineData(BudgetKind.MinAccuracy, "101%")]
    [InlineData(BudgetKind.MinAccuracy, "0")]
    [InlineData(BudgetKind.MaxAccuracyDrop, "100%")]
    [InlineData(BudgetKind.MaxAccuracyDrop, "-1%")]
    public void Budgets_that_contradict_themselves_are_refused(BudgetKind kind, string text) =>
        Assert.Equal("CMP0202", Assert.Throws<BudgetException>(() => Budget.Parse(kind, text)).Code);

    [Fact]
    public void The_culture_of_the_machine_does_not_matter()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (commas.NumberFormat.NumberDecimalSeparator, commas.NumberFormat.NumberGroupSeparator) = (",", ".");
            CultureInfo.CurrentCulture = commas;

            Assert.Equal(1_500_000, Budget.Parse(BudgetKind.MaxSize, "1.5MB").Amount);
            Assert.Equal("1.50 MB", Quantity.Bytes(1_500_000));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
