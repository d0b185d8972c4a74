using System.Reflection;
using System.Runtime.Loader;

namespace CompressTasks.Training;

/// <summary>A user's assembly in a context of its own: its dependencies come from beside it, and only what both sides speak of is shared.</summary>
sealed class SampleSourceAssembly(string path) : AssemblyLoadContext("data of " + Path.GetFileName(path))
{
    readonly AssemblyDependencyResolver resolver = new(path);

    /// <exception cref="TrainingException">CMP0401, CMP0405.</exception>
    public static SampleSource Create(string path, string typeName, string? argument)
    {
        if (!File.Exists(path)) throw new TrainingException(TrainingException.DataNotFound, $"The assembly '{path}' does not exist.", path, "Build it first, and check the path.");
        try
        {
            var assembly = new SampleSourceAssembly(Path.GetFullPath(path)).LoadFromAssemblyPath(Path.GetFullPath(path));
            var type = assembly.GetType(typeName) ?? throw Unusable(path, $"has no type '{typeName}'; its public ones are {string.Join(", ", assembly.GetExportedTypes().Take(10).Select(known => known.FullName))}");
            if (!typeof(SampleSource).IsAssignableFrom(type) || type.IsAbstract) throw Unusable(path, $"has a type '{typeName}' that does not derive from {typeof(SampleSource).FullName}");
            return (SampleSource?)Activator.CreateInstance(type, argument is null ? [] : [argument]) ?? throw Unusable(path, $"gives nothing for '{typeName}'");
        }
        catch (MissingMethodException exception)
        {
            throw Unusable(path, $"has no public constructor of '{typeName}' that takes {(argument is null ? "nothing" : "one string")}", exception);
        }
        catch (TargetInvocationException exception)
        {
            throw Unusable(path, $"fails in the constructor of '{typeName}': {exception.InnerException?.Message}", exception.InnerException);
        }
        catch (Exception exception) when (exception is BadImageFormatException or FileLoadException or FileNotFoundException or TypeLoadException or ReflectionTypeLoadException)
        {
            throw Unusable(path, $"cannot be loaded: {exception.Message}", exception);
        }
    }

    public static TrainingException Unusable(string path, string what, Exception? cause = null) => new(
        TrainingException.SampleSource,
        $"'{Path.GetFileName(path)}' {what}.",
        path,
        "See docs/data.md for the class that is expected.",
        cause);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // The type to derive from has to be the same on both sides.
        var isShared = assemblyName.Name == typeof(SampleSource).Assembly.GetName().Name;
        return !isShared && resolver.ResolveAssemblyToPath(assemblyName) is { } file ? LoadFromAssemblyPath(file) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : 0;
}
