// Needs Flutter and package:provider, which kiro_bridge does not depend on.
// ignore_for_file: depend_on_referenced_packages, uri_does_not_exist

import 'package:flutter/material.dart';
import 'package:kiro_bridge/kiro_bridge.dart';
import 'package:provider/provider.dart';

/// Makes a [ChangeNotifier] of a [KiroProvider].
class KiroNotifier extends ChangeNotifier {
  KiroNotifier(this.kiro) {
    kiro.addListener(notifyListeners);
  }

  final KiroProvider kiro;

  @override
  void dispose() {
    kiro.dispose();
    super.dispose();
  }
}

void main() {
  final client = KiroApiClient(token: const String.fromEnvironment('TOKEN'));
  runApp(
    ChangeNotifierProvider(
      create: (_) => KiroNotifier(KiroProvider(client)..initialize()),
      child: const MaterialApp(home: Scaffold(body: KiroControls())),
    ),
  );
}

class KiroControls extends StatelessWidget {
  const KiroControls({super.key});

  @override
  Widget build(BuildContext context) {
    return Consumer<KiroNotifier>(
      builder: (context, notifier, child) {
        final kiro = notifier.kiro;
        final isReady = kiro.isConnected && !kiro.isExecuting;
        return Column(
          children: [
            Text(kiro.isConnected ? 'Connected to Kiro' : 'Disconnected'),
            if (kiro.isExecuting) const CircularProgressIndicator(),
            if (kiro.lastError != null) Text('Error: ${kiro.lastError}'),
            ElevatedButton(
              onPressed: isReady
                  ? () => kiro.executeCommand('workbench.action.showCommands')
                  : null,
              child: const Text('Show commands'),
            ),
          ],
        );
      },
    );
  }
}
