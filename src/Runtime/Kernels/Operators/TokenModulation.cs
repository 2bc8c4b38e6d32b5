namespace Onnxc.Kernels;

/// <summary>Weights that modulate one token of each pair before they merge.</summary>
sealed unsafe class TokenModulation(float* rowWeights, float* columnWeights, float* scale, float* bias, float epsilon)
{
    /// <summary>What sources become, row by row: the tokens that merge and those that they merge into, all times their sizes.</summary>
    public void Run(float* sources, float* targets, int pairs, int width)
    {
        var (normals, channels, rows) = (new float[(long)pairs * width], new float[width], new float[pairs]);
        for (var k = 0; k < pairs; k++)
        {
            var normal = normals.AsSpan(k * width, width);
            Normalize(sources + (long)k * width, targets + (long)k * width, normal);
            for (var i = 0; i < width; i++)
            {
                channels[i] += normal[i] * rowWeights[k];
                rows[k] += normal[i] * columnWeights[i];
            }
        }
        for (var i = 0; i < width; i++) channels[i] = 2 / (1 + MathF.Exp(-channels[i]));
        for (var k = 0; k < pairs; k++)
        {
            // 2σ(x) - 1, without the loss of digits near zero.
            var source = sources + (long)k * width;
            var factor = MathF.Tanh(rows[k] / 2);
            for (var i = 0; i < width; i++) source[i] += source[i] * channels[i] * factor;
        }
    }

    void Normalize(float* source, float* target, Span<float> normal)
    {
        var (sum, square) = (0f, 0f);
        for (var i = 0; i < normal.Length; i++) sum += normal[i] = source[i] + target[i];
        var mean = sum / normal.Length;
        for (var i = 0; i < normal.Length; i++) square += (normal[i] - mean) * (normal[i] - mean);
        var deviation = MathF.Sqrt(square / normal.Length + epsilon);
        for (var i = 0; i < normal.Length; i++) normal[i] = (normal[i] - mean) / deviation * scale[i] + bias[i];
    }
}
