using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace CompressTasks.Profiling;

/// <summary>
/// Reproducible inputs for any model: floating point from N(0, 1), integers 0 or 1 (valid as token, index and mask), booleans true.
/// Latency of dense operators does not depend on the values; denormal numbers, which would, do not occur.
/// </summary>
sealed class RandomInputs : IDisposable
{
    readonly OrtValue[] values;

    RandomInputs(string[] names, long[][] shapes, OrtValue[] values)
    {
        Names = names;
        Shapes = shapes;
        this.values = values;
    }

    public string[] Names { get; }

    public long[][] Shapes { get; }

    public IReadOnlyList<OrtValue> Values => values;

    /// <exception cref="ProfilingException">CMP0308 for a shape that does not fit, CMP0303 for an input that is no tensor of numbers.</exception>
    public static RandomInputs Create(InferenceSession session, ModelSource model, IReadOnlyDictionary<string, long[]>? shapes, int seed)
    {
        var unknown = shapes?.Keys.FirstOrDefault(name => !session.InputMetadata.ContainsKey(name));
        if (unknown is not null)
        {
            throw new ProfilingException(
                ProfilingException.InputShape,
                $"'{model.Name}' has no input named '{unknown}'.",
                model.Path,
                $"Its inputs are: {string.Join(", ", session.InputNames)}.");
        }

        var random = new Random(seed);
        var names = session.InputNames.ToArray();
        var concrete = new long[names.Length][];
        var values = new OrtValue[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            var metadata = session.InputMetadata[names[i]];
            if (!metadata.IsTensor || metadata.IsString) throw NotNumbers(model, names[i]);
            var input = ModelInput.From(names[i], metadata);
            concrete[i] = input.Concrete(shapes);
            values[i] = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, input.ElementType, concrete[i]);
            if (!TryFill(values[i], input.ElementType, random)) throw NotNumbers(model, names[i]);
        }

        return new RandomInputs(names, concrete, values);
    }

    public void Dispose()
    {
        foreach (var value in values) value.Dispose();
    }

    static bool TryFill(OrtValue value, TensorElementType type, Random random)
    {
        var bytes = value.GetTensorMutableRawData();
        switch (type)
        {
            case TensorElementType.Float:
                foreach (ref var item in MemoryMarshal.Cast<byte, float>(bytes)) item = (float)Normal(random);
                return true;
            case TensorElementType.Double:
                foreach (ref var item in MemoryMarshal.Cast<byte, double>(bytes)) item = Normal(random);
                return true;
            case TensorElementType.Float16:
                foreach (ref var item in MemoryMarshal.Cast<byte, Half>(bytes)) item = (Half)Normal(random);
                return true;
            case TensorElementType.Int64 or TensorElementType.UInt64:
                foreach (ref var item in MemoryMarshal.Cast<byte, long>(bytes)) item = random.Next(2);
                return true;
            case TensorElementType.Int32 or TensorElementType.UInt32:
                foreach (ref var item in MemoryMarshal.Cast<byte, int>(bytes)) item = random.Next(2);
                return true;
            case TensorElementType.Int16 or TensorElementType.UInt16:
                foreach (ref var item in MemoryMarshal.Cast<byte, short>(bytes)) item = (short)random.Next(2);
                return true;
            case TensorElementType.Int8 or TensorElementType.UInt8:
                foreach (ref var item in bytes) item = (byte)random.Next(2);
                return true;
            case TensorElementType.Bool:
                bytes.Fill(1);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Box-Muller transform; 1 - u keeps the logarithm finite.</summary>
    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    static ProfilingException NotNumbers(ModelSource model, string input) => new(
        ProfilingException.ModelNotRunnable,
        $"Input '{input}' of '{model.Name}' is not a tensor of numbers, so no random input can be made for it.",
        model.Path);
}
