using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Functions of libtorch, gradients included, that TorchSharp has no method for; a script compiled once calls them.</summary>
static class NativeFunctions
{
    static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile("""
        def scatter_prod(data: Tensor, axis: int, indices: Tensor, updates: Tensor) -> Tensor:
            return data.scatter_reduce(axis, indices, updates, "prod")

        def scatter_amax(data: Tensor, axis: int, indices: Tensor, updates: Tensor) -> Tensor:
            return data.scatter_reduce(axis, indices, updates, "amax")

        def scatter_amin(data: Tensor, axis: int, indices: Tensor, updates: Tensor) -> Tensor:
            return data.scatter_reduce(axis, indices, updates, "amin")

        def grid_sample_bicubic(data: Tensor, grid: Tensor, padding: int, corners: bool) -> Tensor:
            return torch.grid_sampler(data, grid, 2, padding, corners)

        """));

    /// <param name="data">Not changed.</param>
    /// <param name="axis">Along which <paramref name="indices"/> say where an update goes.</param>
    /// <param name="indices">At least 0, of the shape of <paramref name="updates"/>.</param>
    /// <param name="updates">What is joined with the data.</param>
    /// <param name="reduction">add, mul, max or min, as in ONNX.</param>
    public static Tensor ScatterReduce(Tensor data, int axis, Tensor indices, Tensor updates, string reduction) => reduction switch
    {
        "add" => data.scatter_add(axis, indices, updates),
        "mul" => Call("scatter_prod", data, axis, indices, updates),
        "max" => Call("scatter_amax", data, axis, indices, updates),
        _ => Call("scatter_amin", data, axis, indices, updates),
    };

    /// <param name="data">[N, C, H, W].</param>
    /// <param name="grid">[N, h, w, 2], from -1 to 1.</param>
    /// <param name="padding">What lies outside.</param>
    /// <param name="alignsCorners">True: -1 and 1 are the middles of the outer pixels, else their outer edges.</param>
    public static Tensor GridSampleBicubic(Tensor data, Tensor grid, GridSamplePaddingMode padding, bool alignsCorners) =>
        Call("grid_sample_bicubic", data, grid, NumberOf(padding), alignsCorners);

    /// <summary>libtorch's own number, which is not that of TorchSharp's enumeration.</summary>
    static long NumberOf(GridSamplePaddingMode padding) => padding switch
    {
        GridSamplePaddingMode.Zeros => 0,
        GridSamplePaddingMode.Border => 1,
        _ => 2,
    };

    static Tensor Call(string name, params object[] arguments) => (Tensor)Compiled.Value.invoke(name, arguments);
}
