using System.Runtime.InteropServices;
using System.Text;

namespace CompressTasks.Training;

/// <summary>
/// Marks a symbol version that an ELF library requires but never uses as weak, so that the dynamic loader accepts a system
/// library without it. Compilers record a version for symbols that only mark which headers were included; the loader refuses
/// the whole file for it. Layout: System V ABI, 64-bit little-endian ELF, and the LSB's symbol versioning sections.
/// </summary>
static class WeakSymbolVersion
{
    const uint SectionRela = 4, SectionDynamicSymbols = 11, SectionVersionNeed = 0x6ffffffe, SectionVersionSymbols = 0x6fffffff;
    const ushort WeakFlag = 2;

    /// <summary>Sets the flag in <paramref name="image"/>, if the version is required and no relocation refers to a symbol of it.</summary>
    /// <returns>False, image untouched, where the version is not there or is really used.</returns>
    public static bool TryWeaken(byte[] image, string version)
    {
        var sections = Sections(image);
        var need = sections.FirstOrDefault(section => section.Type == SectionVersionNeed);
        if (need.Size == 0) return false;
        var names = sections[(int)need.Link];
        foreach (var entry in RequiredVersions(image, need))
        {
            if (Text(image, names.Offset + Read<uint>(image, entry + 8)) != version) continue;
            if (IsUsed(image, sections, Read<ushort>(image, entry + 6))) return false;
            var flags = Read<ushort>(image, entry + 4);
            BitConverter.TryWriteBytes(image.AsSpan((int)entry + 4), (ushort)(flags | WeakFlag));
            return true;
        }

        return false;
    }

    /// <summary>Offsets of the vernaux records: hash 4, flags 2, other 2, name 4, next 4 bytes.</summary>
    static IEnumerable<ulong> RequiredVersions(byte[] image, Section need)
    {
        for (var file = need.Offset; ;)
        {
            var count = Read<ushort>(image, file + 2);
            var entry = file + Read<uint>(image, file + 8);
            for (var i = 0; i < count; i++)
            {
                yield return entry;
                entry += Read<uint>(image, entry + 12);
            }

            var next = Read<uint>(image, file + 12);
            if (next == 0) yield break;
            file += next;
        }
    }

    static bool IsUsed(byte[] image, Section[] sections, ushort versionIndex)
    {
        var versions = sections.First(section => section.Type == SectionVersionSymbols);
        var symbols = Array.FindIndex(sections, section => section.Type == SectionDynamicSymbols);
        foreach (var relocations in sections.Where(section => section.Type == SectionRela && section.Link == symbols))
        {
            for (ulong at = 0; at < relocations.Size; at += 24)
            {
                var symbol = Read<ulong>(image, relocations.Offset + at + 8) >> 32;
                if ((Read<ushort>(image, versions.Offset + (symbol * 2)) & 0x7fff) == versionIndex) return true;
            }
        }

        return false;
    }

    static Section[] Sections(byte[] image)
    {
        if (image.Length < 64 || Read<uint>(image, 0) != 0x464C457F || image[4] != 2) return [];
        var table = Read<ulong>(image, 40);
        var size = Read<ushort>(image, 58);
        return [.. Enumerable.Range(0, Read<ushort>(image, 60)).Select(index =>
        {
            var at = table + ((ulong)index * size);
            return new Section(Read<uint>(image, at + 4), Read<ulong>(image, at + 24), Read<ulong>(image, at + 32), Read<uint>(image, at + 40));
        })];
    }

    static string Text(byte[] image, ulong offset)
    {
        var bytes = image.AsSpan((int)offset);
        return Encoding.ASCII.GetString(bytes[..bytes.IndexOf((byte)0)]);
    }

    static T Read<T>(byte[] image, ulong offset) where T : unmanaged => MemoryMarshal.Read<T>(image.AsSpan((int)offset));

    readonly record struct Section(uint Type, ulong Offset, ulong Size, uint Link);
}
