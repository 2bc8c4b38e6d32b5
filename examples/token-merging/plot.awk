# Draws accuracy against speed from lines of run.sh: model, way, pairs, accuracy before, accuracy after, times as fast.
{
  if (!($2 in points)) order[++ways] = $2
  points[$2] = points[$2] " " $6 ":" 100 * $5
  if ($6 > fastest) fastest = $6
  base = 100 * $4
  for (i = 4; i <= 5; i++) {
    if (!lines || 100 * $i < low) low = 100 * $i
    if (!lines || 100 * $i > high) high = 100 * $i
    lines = 1
  }
}
function x(speed) { return 60 + 500 * (speed - 0.5) / (fastest + 0.1 - 0.5) }
function y(accuracy) { return 300 - 250 * (accuracy - low + 1) / (high - low + 2) }
END {
  split("#2563eb #059669 #dc2626", colours)
  print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 680 350\" font-family=\"sans-serif\" font-size=\"12\">"
  print "<rect width=\"680\" height=\"350\" fill=\"white\"/>"
  print "<path d=\"M60 40V300H570\" fill=\"none\" stroke=\"#666\"/>"
  printf "<path d=\"M60 %.1fH570\" stroke=\"#999\" stroke-dasharray=\"4\"/>\n", y(base)
  for (s = 0.5; s <= fastest + 0.1; s += 0.5) printf "<text x=\"%.1f\" y=\"318\" text-anchor=\"middle\">%.1f</text>\n", x(s), s
  for (a = int(low); a <= high + 1; a += 2) printf "<text x=\"52\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n", y(a) + 4, a
  print "<text x=\"315\" y=\"340\" text-anchor=\"middle\">times as fast, 8 images</text>"
  print "<text x=\"60\" y=\"28\">accuracy, %</text>"
  for (w = 1; w <= ways; w++) {
    count = split(points[order[w]], list, " ")
    path = ""
    for (i = 1; i <= count; i++) {
      split(list[i], at, ":")
      path = path sprintf("%s%.1f %.1f", i == 1 ? "M" : "L", x(at[1]), y(at[2]))
      printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x(at[1]), y(at[2]), colours[w]
    }
    printf "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", path, colours[w]
    printf "<text x=\"590\" y=\"%d\" fill=\"%s\">%s</text>\n", 40 + 20 * w, colours[w], order[w]
  }
  print "</svg>"
}
