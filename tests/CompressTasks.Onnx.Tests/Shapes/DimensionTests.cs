namespace CompressTasks.Onnx.Tests;

public class DimensionTests
{
    static readonly Dimension n = "N", h = "H", w = "W";

    [Fact]
    public void What_is_multiplied_and_divided_by_the_same_number_is_itself()
    {
        Assert.Equal(n, n * 48 / 48);
        Assert.Equal(n, h * n * 3 / (h * 3));
        Assert.Equal((n + 1) * 2, ((n * h) + h) * 2 / h);
        Assert.Equal(h + w, (h + w) * n * 6 / (n * 6));
        Assert.Equal(n * 6, (h + w) * n * 6 / (h + w));
    }

    [Fact]
    public void Sums_in_any_order_are_equal()
    {
        Assert.Equal((n * h) + w - 3, w - 3 + (h * n));
        Assert.Equal(0, (n * 2) - n - n);
        Assert.True(((n * 2) - n - n).IsKnown);
        Assert.Equal(((n * h) + w).GetHashCode(), (w + (h * n)).GetHashCode());
    }

    [Fact]
    public void A_division_with_a_remainder_is_opaque_but_equals_itself()
    {
        Assert.NotEqual(n, n / 2 * 2);
        Assert.Equal(n / 2, n / 2);
        Assert.Equal(((n * 2) + (h * 3) + 5) / 2, n + h + 2 + ((h + 1) / 2));
        Assert.Equal("floor((N)/2) + 1", ((n / 2) + 1).ToString());
    }

    [Theory]
    [InlineData(7, 2, 3, 4)]
    [InlineData(-7, 2, -4, -3)]
    [InlineData(8, 2, 4, 4)]
    [InlineData(0, 5, 0, 0)]
    public void Numbers_divide_downwards_and_upwards(long left, long right, long down, long up)
    {
        Assert.Equal(down, (Dimension)left / right);
        Assert.Equal(up, Dimension.CeilingDivide(left, right));
    }

    [Fact]
    public void Text_reads_like_a_formula()
    {
        Assert.Equal("2*H*N - N + 1", ((n * h * 2) - n + 1).ToString());
        Assert.Equal("-N", (0 - n).ToString());
        Assert.Equal("12", Dimension.Known(12).ToString());
    }

    [Fact]
    public void The_larger_of_two_is_found_where_the_difference_is_a_number()
    {
        Assert.Equal(n + 2, Dimension.Max(n, n + 2));
        Assert.Equal(n, Dimension.Min(n, n + 2));
        Assert.Equal(Dimension.Max(n, h), Dimension.Max(h, n));
    }

    [Fact]
    public void Only_a_number_has_a_value() => Assert.Throws<InvalidOperationException>(() => n.Value);

    [Fact]
    public void Numbers_that_no_length_can_have_are_an_error() =>
        Assert.Throws<OverflowException>(() => Dimension.Known(long.MaxValue) * 2);

    [Fact]
    public void Maxima_and_minima_that_are_nested_without_end_stay_short()
    {
        var (larger, smaller) = (n, h);
        for (var i = 0; i < 100; i++) (larger, smaller) = (Dimension.Max(larger, smaller * 2), Dimension.Min(larger, smaller * 3));

        Assert.InRange(larger.ToString().Length, 1, 1000);
        Assert.Equal(larger, Dimension.Max(larger, larger));
    }

    [Fact]
    public void An_expression_that_grows_without_end_stays_short_and_keeps_its_identity()
    {
        static Dimension Grow()
        {
            Dimension sum = 1;
            for (var i = 0; i < 60; i++) sum = (sum * Dimension.Symbol($"long_symbol_{i % 9}")) + Dimension.Symbol($"other_symbol_{i}");
            return sum;
        }

        Assert.InRange(Grow().ToString().Length, 1, 300);
        Assert.Equal(Grow(), Grow());
    }
}
