"""What the programs that time peers share: how a step is timed, and how a result is written."""
import time


def measure(step, seconds, warm_up=2, least=3, most=200):
    """The times of a step in milliseconds, in ascending order, and that of the first one.

    Steps that take longer than `seconds` are warm after the first, and two are timed; one where they take ten times as
    long.
    """
    begin = time.perf_counter()
    step()
    first = (time.perf_counter() - begin) * 1e3
    if first > 1e3 * seconds:
        least = 1 if first > 1e4 * seconds else 2
    else:
        for _ in range(warm_up - 1):
            step()
    times, start = [], time.perf_counter()
    while len(times) < least or (time.perf_counter() - start < seconds and len(times) < most):
        begin = time.perf_counter()
        step()
        times.append((time.perf_counter() - begin) * 1e3)
    return sorted(times), first


def report(network, precision, task, system, times, first, parameters=0, peak=0.0):
    """A line of `Benchmarks/compare`: times in milliseconds, the peak of the process in MiB."""
    middle = (times[(len(times) - 1) // 2] + times[len(times) // 2]) / 2
    figures = [f"{value:.4f}" for value in (middle, times[0], times[-1], first, peak)]
    print("\t".join([network, precision, task, system, *figures, str(parameters)]), flush=True)
