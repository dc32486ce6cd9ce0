# The table of Benchmarks/compare, or its JSON. A line of input is the round, network, precision, task and system, then
# median, minimum and maximum of a step and its first in milliseconds, the peak of the process in MiB, and parameters.

function insert_sorted(list, count, value,    i) {
    for (i = count; i > 0 && list[i] > value; i--) list[i + 1] = list[i]
    list[i + 1] = value
}

# The median of the rounds of a key, whose values are in `table`.
function median(table, key, count,    i, list) {
    for (i = 1; i <= count; i++) insert_sorted(list, i - 1, table[key, i])
    return (list[int((count + 1) / 2)] + list[int(count / 2) + 1]) / 2
}

function milliseconds(value) { return sprintf(value < 100 ? "%.2f" : "%.0f", value) }

function spread(key) { return milliseconds(least[key]) "-" milliseconds(most[key]) }

{
    cell = $2 SUBSEP $3 SUBSEP $4
    key = cell SUBSEP $5
    if (!(cell in known)) { known[cell] = 1; cells[++cell_count] = cell }
    if (!(key in rounds_of)) { systems[cell] = systems[cell] " " $5 }
    n = ++rounds_of[key]
    value[key, n] = $6 + 0
    by_round[key, $1] = $6 + 0
    if (n == 1 || $7 + 0 < least[key]) least[key] = $7 + 0
    if (n == 1 || $8 + 0 > most[key]) most[key] = $8 + 0
    first[key, n] = $9 + 0
    if ($10 + 0 > peak[key]) peak[key] = $10 + 0
    if ($11 + 0 > 0) parameters[$2, $5] = $11 + 0
}

END {
    for (i = 1; i <= cell_count; i++) {
        split(cells[i], part, SUBSEP)
        count = split(systems[cells[i]], names, " ")
        best[i] = ""
        for (j = 1; j <= count; j++) {
            key = cells[i] SUBSEP names[j]
            middle[key] = median(value, key, rounds_of[key])
            if (names[j] == "nnkit") continue
            own = parameters[part[1], "nnkit"]
            other = parameters[part[1], names[j]]
            if (own && other && own != other) {
                if (!told[part[1], names[j]]++) \
                    notes = notes part[1] ": " names[j] " has " other " parameters and nnkit " own "; it is left out\n"
                continue
            }
            if (best[i] == "" || middle[key] < middle[cells[i] SUBSEP best[i]]) best[i] = names[j]
        }
        ours = cells[i] SUBSEP "nnkit"
        if (best[i] == "" || !(ours in middle)) continue
        theirs = cells[i] SUBSEP best[i]
        ratio[i] = middle[theirs] / middle[ours]
        for (r = 1; r <= rounds; r++) {
            if (!((theirs, r) in by_round) || !((ours, r) in by_round)) continue
            q = by_round[theirs, r] / by_round[ours, r]
            if (!(i in low) || q < low[i]) low[i] = q
            if (!(i in high) || q > high[i]) high[i] = q
        }
        group = part[3] " " part[2]
        if (!(group in logs)) groups[++group_count] = group
        logs[group] += log(ratio[i])
        members[group]++
        eager = cells[i] SUBSEP "pytorch-eager"
        if (part[3] == "train" && peak[ours] > 0 && peak[eager] > 0) memory[i] = peak[ours] / peak[eager]
    }
    if (form == "json") print_json(); else print_text()
}

function print_text(    i, part, ours, theirs, line) {
    printf("%s, %s threads, nn %s, %d rounds%s\n", processor, threads, version, rounds, quick ? " (quick)" : "")
    print "Medians of the rounds' medians in milliseconds (all steps from-to); above 1 nnkit is ahead."
    print "MiB is the peak of the process in training, and beside it the part of PyTorch's."
    line = "%-9s %-7s %-4s %8s %-14s %-16s %8s %-14s %5s %-10s %s"
    printf("\n" line "\n", "network", "task", "", "nnkit", "", "best peer", "", "", "ratio", "by round", "MiB")
    for (i = 1; i <= cell_count; i++) {
        split(cells[i], part, SUBSEP)
        ours = cells[i] SUBSEP "nnkit"
        theirs = cells[i] SUBSEP best[i]
        has_ours = ours in middle
        has_ratio = i in ratio
        has_memory = i in memory
        mib = part[3] == "train" && peak[ours] > 0 ? sprintf("%d", peak[ours]) : ""
        if (has_memory) mib = mib sprintf(" %.2f", memory[i])
        text = sprintf(line, part[1], part[3], part[2], has_ours ? milliseconds(middle[ours]) : "-", \
            has_ours ? spread(ours) : "", best[i] == "" ? "-" : best[i], \
            best[i] == "" ? "" : milliseconds(middle[theirs]), best[i] == "" ? "" : spread(theirs), \
            has_ratio ? sprintf("%.2f", ratio[i]) : "", has_ratio ? sprintf("%.2f-%.2f", low[i], high[i]) : "", mib)
        sub(/ +$/, "", text)
        print text
    }
    if (group_count) print "\ngeometric means of the ratios"
    for (i = 1; i <= group_count; i++)
        printf("%-13s %5.2f of %d\n", groups[i], exp(logs[groups[i]] / members[groups[i]]), members[groups[i]])
    printf("%s", notes)
}

function print_json(    i, j, count, names, part, key, separator) {
    gsub(/["\\]/, "", processor)
    printf("{\n  \"processor\": \"%s\", \"threads\": %d, \"version\": \"%s\", \"rounds\": %d, \"quick\": %s,\n", processor, \
        threads, version, rounds, quick ? "true" : "false")
    printf("  \"results\": [")
    for (i = 1; i <= cell_count; i++) {
        split(cells[i], part, SUBSEP)
        quotient = "null"
        if (i in ratio) quotient = sprintf("%.4f", ratio[i])
        printf("%s\n    {\"network\": \"%s\", \"precision\": \"%s\", \"task\": \"%s\", \"best_peer\": %s, \"ratio\": %s, ", \
            i > 1 ? "," : "", part[1], part[2], part[3], best[i] == "" ? "null" : "\"" best[i] "\"", quotient)
        printf("\"systems\": {")
        count = split(systems[cells[i]], names, " ")
        for (j = 1; j <= count; j++) {
            key = cells[i] SUBSEP names[j]
            printf("%s\n      \"%s\": {\"median\": %.4f, \"minimum\": %.4f, \"maximum\": %.4f, \"first\": %.4f, ", \
                j > 1 ? "," : "", names[j], middle[key], least[key], most[key], median(first, key, rounds_of[key]))
            printf("\"peak_process_mib\": %s}", peak[key] > 0 ? sprintf("%.1f", peak[key]) : "null")
        }
        printf("}}")
    }
    printf("\n  ],\n  \"geometric_means\": {")
    for (i = 1; i <= group_count; i++)
        printf("%s\"%s\": %.4f", i > 1 ? ", " : "", groups[i], exp(logs[groups[i]] / members[groups[i]]))
    printf("}\n}\n")
}
