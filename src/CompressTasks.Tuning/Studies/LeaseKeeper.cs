using System.Collections.Concurrent;

namespace CompressTasks.Tuning;

/// <summary>Renews the leases of the trials that this process runs, from a thread of its own, so that long training does not look like death.</summary>
sealed class LeaseKeeper : IDisposable
{
    readonly ConcurrentDictionary<int, int> _held = new();
    readonly IStudyStorage _storage;
    readonly string _study;
    readonly Timer _timer;

    public LeaseKeeper(IStudyStorage storage, string study, TimeSpan period)
    {
        _storage = storage;
        _study = study;
        _timer = new(_ => Renew(), null, period, period);
    }

    public void Hold(int number, int attempt) => _held[number] = attempt;

    public bool Holds(int number, int attempt) => _held.TryGetValue(number, out var held) && held == attempt;

    /// <summary>Another attempt that this process took up since is still held.</summary>
    public void Drop(int number, int attempt) => _held.TryRemove(KeyValuePair.Create(number, attempt));

    public void Dispose()
    {
        // Waits for a renewal under way: the storage may be closed right after.
        using var done = new ManualResetEvent(false);
        if (_timer.Dispose(done))
            done.WaitOne();
    }

    void Renew()
    {
        foreach (var (number, attempt) in _held)
        {
            try
            {
                if (!_storage.KeepAlive(_study, number, attempt))
                    Drop(number, attempt);
            }
            catch (TuningException)
            {
                // The storage is out of reach: the next round tries again, and the lease outlasts four of them.
                return;
            }
        }
    }
}
