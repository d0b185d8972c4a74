using System.Globalization;
using System.Text;

namespace CompressTasks.MSBuild;

/// <summary>
/// The note that a finished run leaves, written last: the settings that it was made from, and its warnings so that an up-to-date
/// build can repeat them. Without the note, or with other settings in it, the run is made again.
/// </summary>
sealed class Stamp(string file)
{
    const string Separator = "---- warnings";

    /// <summary>The stored warnings if the last run was made from these settings, else null.</summary>
    public IReadOnlyList<StoredWarning>? Read(string settings)
    {
        if (!File.Exists(file)) return null;
        var text = File.ReadAllText(file, Encoding.UTF8);
        var expected = settings + Separator + "\n";
        if (!text.StartsWith(expected, StringComparison.Ordinal)) return null;
        return [.. text.Substring(expected.Length).Split(['\n'], StringSplitOptions.RemoveEmptyEntries).Select(StoredWarning.Parse)];
    }

    public void Delete() => File.Delete(file);

    /// <summary>Whole or not at all: the note must never be read while half of it is there.</summary>
    public void Write(string settings, IEnumerable<StoredWarning> warnings)
    {
        var text = settings + Separator + "\n" + string.Concat(warnings.Select(warning => warning + "\n"));
        var temporary = file + ".tmp";
        File.WriteAllText(temporary, text, new UTF8Encoding(false));
        File.Delete(file);
        File.Move(temporary, file);
    }
}

/// <summary>A warning with the name of the metadata it is about, since the position changes whenever the project file is edited above it.</summary>
sealed class StoredWarning(string code, string metadata, SourcePlace place, string text)
{
    const string AboutItem = "*", AboutPlace = "-";

    public static StoredWarning From(Diagnostic diagnostic, ItemLocations locations)
    {
        var name = diagnostic.Place.Equals(locations.Item) ? AboutItem : locations.NameAt(diagnostic.Place) ?? AboutPlace;
        return new StoredWarning(diagnostic.Code, name, diagnostic.Place, diagnostic.Text);
    }

    public static StoredWarning Parse(string line)
    {
        var fields = line.Split(['\t'], 6);
        var place = new SourcePlace(
            fields[2],
            int.Parse(fields[3], CultureInfo.InvariantCulture),
            int.Parse(fields[4], CultureInfo.InvariantCulture));
        return new StoredWarning(fields[0], fields[1], place, fields[5]);
    }

    public Diagnostic At(ItemLocations locations)
    {
        var now = metadata == AboutPlace ? place : metadata == AboutItem ? locations.Item : locations.Of(metadata);
        return new Diagnostic(false, code, text, now);
    }

    public override string ToString() =>
        string.Join(
            "\t",
            code,
            metadata,
            place.File,
            place.Line.ToString(CultureInfo.InvariantCulture),
            place.Column.ToString(CultureInfo.InvariantCulture),
            text);
}
