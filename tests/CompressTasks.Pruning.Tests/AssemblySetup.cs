using System.Runtime.CompilerServices;
using CompressTasks.Training;

// Torch's random state is one per process, so tests that draw from it must not run side by side.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace CompressTasks.Pruning.Tests;

static class AssemblySetup
{
    [ModuleInitializer]
    internal static void LoadTorch() => TorchThreads.Use(1);
}
