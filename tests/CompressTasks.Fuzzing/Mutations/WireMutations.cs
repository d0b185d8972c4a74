using Google.Protobuf;

namespace CompressTasks.Fuzzing.Mutations;

/// <summary>Damage to the fields of a protobuf message at any depth: numbers, wire types, lengths, order.</summary>
static class WireMutations
{
    const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5, DeepestMessage = 6;

    public static byte[] Apply(byte[] message, Random random)
    {
        for (var count = 1 + random.Next(3); count > 0; count--) message = Edit(message, random, 0);
        return message;
    }

    static byte[] Edit(byte[] message, Random random, int depth)
    {
        if (Fields(message) is not { Count: > 0 } fields) return message;
        var at = random.Next(fields.Count);
        var field = fields[at];
        if (field.Type == Delimited && depth < DeepestMessage && random.Next(4) > 0 && field.Content.Length > 0)
        {
            fields[at] = field with { Content = Edit(field.Content, random, depth + 1) };
            return Written(fields);
        }

        switch (random.Next(8))
        {
            case 0:
                fields[at] = field with { Number = random.Next(1, 40) };
                break;
            case 1:
                fields[at] = field with { Type = random.Next(8) };
                break;
            case 2:
                fields[at] = field with { Length = random.Next(2) == 0 ? uint.MaxValue >> random.Next(32) : (ulong)random.NextInt64() };
                break;
            case 3:
                fields.RemoveAt(at);
                break;
            case 4:
                fields.Insert(random.Next(fields.Count), field);
                break;
            case 5:
                var other = random.Next(fields.Count);
                (fields[at], fields[other]) = (fields[other], field);
                break;
            case 6:
                fields[at] = new Field(field.Number, Varint, Number((ulong)random.NextInt64() >> random.Next(63)), null);
                break;
            default:
                fields[at] = field with { Type = Delimited, Content = Nested(field, random) };
                break;
        }

        return Written(fields);
    }

    /// <summary>The field inside itself, so deep that a parser that calls itself needs a limit.</summary>
    static byte[] Nested(Field field, Random random)
    {
        var content = field.Content;
        for (var depth = random.Next(2) == 0 ? 3 : 300; depth > 0; depth--) content = Written([new Field(field.Number, Delimited, content, null)]);
        return content;
    }

    /// <returns>Null where the bytes are no message.</returns>
    static List<Field>? Fields(byte[] message)
    {
        var fields = new List<Field>();
        using var input = new CodedInputStream(message);
        try
        {
            while (input.ReadTag() is not 0 and var tag)
            {
                var type = (int)(tag & 7);
                byte[] content = type switch
                {
                    Varint => Number(input.ReadUInt64()),
                    Fixed64 => BitConverter.GetBytes(input.ReadFixed64()),
                    Delimited => input.ReadBytes().ToByteArray(),
                    Fixed32 => BitConverter.GetBytes(input.ReadFixed32()),
                    _ => throw new InvalidDataException(),
                };
                fields.Add(new Field((int)(tag >> 3), type, content, null));
            }
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidDataException)
        {
            return null;
        }

        return fields;
    }

    static byte[] Written(List<Field> fields)
    {
        var bytes = new List<byte>();
        foreach (var field in fields)
        {
            bytes.AddRange(Number(((ulong)field.Number << 3) | (uint)field.Type));
            if (field.Type == Delimited) bytes.AddRange(Number(field.Length ?? (ulong)field.Content.Length));
            bytes.AddRange(field.Content);
        }

        return [.. bytes];
    }

    static byte[] Number(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 0x7f; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    /// <param name="Length">What is written as the length, where it is a lie.</param>
    sealed record Field(int Number, int Type, byte[] Content, ulong? Length);
}
