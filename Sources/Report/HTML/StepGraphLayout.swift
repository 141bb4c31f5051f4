import Model

/// Where each step of a plan stands in its drawing: in layers from top to bottom, each step below all that it waits
/// for. A line that passes a layer gets a place of its own there, so that it crosses no step. The same plan is drawn the
/// same way on every machine.
struct StepGraphLayout {
  struct Point: Hashable {
    var x: Int
    var y: Int
  }

  /// Of the whole drawing, and of each box in it.
  private(set) var width = 0
  private(set) var height = 0
  static let box = Point(x: 132, y: 42)
  private static let gap = Point(x: 14, y: 30)
  private static let lane = 14
  private static let margin = 3

  /// The centre of each step.
  private(set) var centres: [StepID: Point] = [:]
  /// The points that each line runs through, from the lower edge of a box to the upper one of another.
  private(set) var lines: [(from: StepID, to: StepID, points: [Point])] = []

  /// A place in a layer: of a step, or of a line that passes by.
  private struct Cell {
    var step: StepID?
    var above: [Int]
    var x = 0
    var width: Int { step == nil ? StepGraphLayout.lane : StepGraphLayout.box.x }
  }

  init(_ steps: [(id: StepID, needs: [StepID])]) {
    let known = Set(steps.map(\.id))
    var depth: [StepID: Int] = [:]
    // A plan lists every step after those that it needs.
    for step in steps { depth[step.id] = (step.needs.compactMap { depth[$0] }.max() ?? -1) + 1 }
    var layers = [[Cell]](repeating: [], count: (depth.values.max() ?? -1) + 1)
    var index: [StepID: Int] = [:]
    var runs: [(from: StepID, to: StepID, cells: [Int])] = []
    for step in steps {
      let layer = depth[step.id] ?? 0
      index[step.id] = layers[layer].count
      layers[layer].append(Cell(step: step.id, above: []))
    }
    for step in steps {
      for need in Set(step.needs).sorted() where known.contains(need) && need != step.id {
        guard let top = depth[need], let bottom = depth[step.id], var previous = index[need] else { continue }
        var cells: [Int] = []
        for layer in (top + 1)..<max(bottom, top + 1) {
          layers[layer].append(Cell(step: nil, above: [previous]))
          previous = layers[layer].count - 1
          cells.append(previous)
        }
        if let own = index[step.id] { layers[bottom][own].above.append(previous) }
        runs.append((need, step.id, cells))
      }
    }
    place(&layers)
    draw(layers, runs, depth, index)
  }

  /// Orders each layer by the middle of what stands above, and sets the layers under each other.
  private mutating func place(_ layers: inout [[Cell]]) {
    for layer in layers.indices {
      let cells = layers[layer]
      let order = cells.indices.sorted { a, b in
        let (left, right) = (
          Self.middle(of: cells[a], layer == 0 ? [] : layers[layer - 1], a),
          Self.middle(of: cells[b], layer == 0 ? [] : layers[layer - 1], b)
        )
        return left == right ? a < b : left < right
      }
      var x = 0
      for position in order {
        layers[layer][position].x = x + cells[position].width / 2
        x += cells[position].width + Self.gap.x
      }
      width = max(width, x - Self.gap.x)
    }
    for layer in layers.indices {
      let used = layers[layer].reduce(-Self.gap.x) { $0 + $1.width + Self.gap.x }
      for position in layers[layer].indices {
        layers[layer][position].x += (width - used) / 2 + Self.margin
      }
    }
    width += 2 * Self.margin
    height = layers.isEmpty ? 0 : layers.count * (Self.box.y + Self.gap.y) - Self.gap.y + 2 * Self.margin
  }

  private static func middle(of cell: Cell, _ above: [Cell], _ fallback: Int) -> Double {
    let places = cell.above.filter(above.indices.contains).map { above[$0].x }
    return places.isEmpty ? Double(fallback) * 1e6 : Double(places.reduce(0, +)) / Double(places.count)
  }

  private mutating func draw(
    _ layers: [[Cell]], _ runs: [(from: StepID, to: StepID, cells: [Int])], _ depth: [StepID: Int],
    _ index: [StepID: Int]
  ) {
    func top(of layer: Int) -> Int { Self.margin + layer * (Self.box.y + Self.gap.y) }
    for (step, layer) in depth {
      guard let position = index[step] else { continue }
      centres[step] = Point(x: layers[layer][position].x, y: top(of: layer) + Self.box.y / 2)
    }
    for run in runs {
      guard let from = centres[run.from], let to = centres[run.to], let start = depth[run.from] else {
        continue
      }
      var points = [Point(x: from.x, y: from.y + Self.box.y / 2)]
      for (offset, cell) in run.cells.enumerated() {
        let layer = start + 1 + offset
        let x = layers[layer][cell].x
        points += [Point(x: x, y: top(of: layer)), Point(x: x, y: top(of: layer) + Self.box.y)]
      }
      points.append(Point(x: to.x, y: to.y - Self.box.y / 2))
      lines.append((run.from, run.to, points))
    }
  }
}
