"""What a run can be made to compute instead: a change is `where` it acts times `what` it puts there.

`what(site, layer, value)` gives a value for the whole site; `at_heads` and `at_layers` take from it what is theirs.
"""

import torch


def at_heads(site, heads, what):
    """`site` is one of q, k, v, z; `heads` are (layer, head)."""
    def change(at, layer, value):
        here = [head for of, head in heads if of == layer]
        if at != site or not here:
            return value
        changed = value.clone()
        changed[:, here] = what(site, layer, value)[:, here]
        return changed
    return change


def at_layers(site, layers, what, rows=None):
    """`rows` are the positions to change; all of them without."""
    def change(at, layer, value):
        if at != site or layer not in layers:
            return value
        here = list(range(len(value))) if rows is None else rows
        changed = value.clone()
        changed[here] = what(site, layer, value)[here]
        return changed
    return change


def in_turn(*changes):
    def change(site, layer, value):
        for one in changes:
            value = one(site, layer, value)
        return value
    return change


def scaled(factor):
    return lambda site, layer, value: value * factor


zero = scaled(0.0)


def of_run(seen):
    """The values of another run of the same pair."""
    return lambda site, layer, value: seen.values[site, layer]


def patched(source, positions):
    """The source's value at (in the source, here); each position to itself without positions."""
    def what(site, layer, value):
        changed = value.clone()
        for there, here in positions or [(at, at) for at in range(len(value))]:
            changed[here] = source.values[site, layer][there]
        return changed
    return what


def means(reference):
    """(site, layer, segment) -> the mean over all positions of that segment in these runs, in f64 until it is done."""
    found = {}
    for site, layer in reference[0].values:
        for segment in set(reference[0].segments):
            rows = [seen.values[site, layer][seen.rows(segment)].double() for seen in reference]
            found[site, layer, segment] = torch.cat(rows).mean(0).float()
    return found


def mean(means, segments):
    """Every position gets the mean of its own segment."""
    return lambda site, layer, value: torch.stack([means[site, layer, segment] for segment in segments])


def resampled(donor, segments):
    """The k-th position of a segment gets what the donor has at the (k mod n)-th of its n positions of that segment."""
    rows = []
    for at, segment in enumerate(segments):
        theirs = donor.rows(segment)
        rows.append(theirs[segments[:at].count(segment) % len(theirs)])
    return lambda site, layer, value: donor.values[site, layer][rows]


def patched_edge(base, source, positions, edge):
    """z of `base`, where each row of the attending segment with a counterpart in `source` (of that segment too) gathers
    along the edge what its counterpart gathers along it, and all else as it does in `base`:

        z[i] - sum over j of A[i, j] v[j] + sum over j' of A'[i', j'] v'[j']

    with j and j' all positions of the attended segment in `base` and in `source`. A and A' are as the softmax left
    them: nothing is normalised again.
    """
    attending, attended = edge

    def along(seen, layer, row):
        to = seen.rows(attended)
        return torch.einsum("hj,jhd->hd", seen.patterns[layer][:, row, to], seen.values["v", layer][to])

    def what(site, layer, value):
        changed = value.clone()
        for there, here in positions or [(at, at) for at in range(len(value))]:
            if base.segments[here] == attending == source.segments[there]:
                changed[here] += along(source, layer, there) - along(base, layer, here)
        return changed
    return what


def sent(hooked, pair, base, source, positions, senders):
    """The run of `pair` in which senders write what they wrote in `source`, and this reaches the rest of the model
    without passing through another head (Wang et al., *Interpretability in the Wild*, 2022).

    z of every head at every position is that of `base`, then z of the senders at `positions` that of `source`: so
    senders at other positions are frozen too, and no sender hears another. MLPs and LayerNorms are computed.
    """
    every = [(layer, head) for layer in range(len(hooked.layers)) for head in range(hooked.heads)]
    frozen = at_heads("z", every, of_run(base))
    return hooked.run(pair, in_turn(frozen, at_heads("z", senders, patched(source, positions))))
