using System.Globalization;

namespace CompressTasks.Benchmarks;

/// <summary>Resident memory of this process, from /proc/self/status.</summary>
/// <param name="Anonymous">Bytes that only this process has.</param>
/// <param name="OfFiles">Bytes of mapped files, libraries for instance.</param>
readonly record struct ProcessMemory(long Anonymous, long OfFiles)
{
    public static ProcessMemory Read()
    {
        long anonymous = 0, ofFiles = 0;
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("RssAnon:", StringComparison.Ordinal)) anonymous = Bytes(line);
            if (line.StartsWith("RssFile:", StringComparison.Ordinal)) ofFiles = Bytes(line);
        }

        return new(anonymous, ofFiles);
    }

    static long Bytes(string line) => 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);

    /// <summary>Looks every 20 ms and keeps the highest values.</summary>
    public sealed class Watch : IDisposable
    {
        readonly Lock updating = new();
        readonly Timer timer;
        ProcessMemory peak = Read();

        public Watch() => timer = new Timer(_ => Update(), null, 0, 20);

        public ProcessMemory Peak
        {
            get
            {
                Update();
                return peak;
            }
        }

        public void Dispose() => timer.Dispose();

        void Update()
        {
            lock (updating)
            {
                var now = Read();
                peak = new(Math.Max(peak.Anonymous, now.Anonymous), Math.Max(peak.OfFiles, now.OfFiles));
            }
        }
    }
}
